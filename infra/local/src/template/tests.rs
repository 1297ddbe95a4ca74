use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::{Bucket, Cors, Function, Template};

const SMALL: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String, Default: v1 }
  Minutes: { Type: Number, Default: 5 }
  Who: { Type: String }
Conditions:
  IsLive: !Equals [!Ref Stage, v1]
  IsIdle: !Not [!Condition IsLive]
Globals:
  Function:
    Timeout: 7
    Environment:
      Variables: { TABLE_NAME: !Ref Rows, SHARED: below }
Resources:
  Talk:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: chat } }
    Properties:
      MemorySize: 256
      Environment:
        Variables:
          SHARED: above
          OWNER: !Ref Who
          SITE: !Sub "https://${Shown.RegionalDomainName}"
          INDEX: !Sub "${Rows.Arn}/index/${!literal}-${AWS::Region}"
          CHOICE: !If [IsIdle, idle, !Join ["-", [a, !Select [1, [b, c]]]]]
          GONE: !If [IsIdle, x, !Ref AWS::NoValue]
      Events:
        Talk:
          Type: Api
          Properties:
            { Path: "/talk/{room}", Method: post, ResponseTransferMode: RESPONSE_STREAM, TimeoutInMillis: 900000 }
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/janitor/
      Events:
        Often: { Type: Schedule, Properties: { Schedule: !Sub "rate(${Minutes} minutes)" } }
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      BinaryMediaTypes: [image~1png]
      Cors: { AllowOrigin: "'*'", MaxAge: "'600'" }
      GatewayResponses:
        DEFAULT_4XX: &answer
          StatusCode: "404"
          ResponseParameters: { Headers: { x-request-id: context.requestId, Retry-After: "'1'" } }
          ResponseTemplates: { application/json: '{"id":"$context.requestId"}' }
        THROTTLED: *answer
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
  Shown:
    Type: AWS::S3::Bucket
    Properties:
      CorsConfiguration: { CorsRules: [{ AllowedMethods: [GET], AllowedOrigins: ["https://a.example"] }] }
  ShownPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Shown
      PolicyDocument:
        Statement:
          - { Effect: Allow, Principal: "*", Action: s3:GetObject, Resource: !Sub "${Shown.Arn}/public/*" }
          - { Effect: Allow, Principal: "*", Action: s3:ListBucket, Resource: !Sub "${Shown.Arn}/listed/*" }
          - { Effect: Deny, Principal: "*", Action: s3:GetObject, Resource: !Sub "${Shown.Arn}/denied/*" }
          - Effect: Allow
            Principal: { AWS: "*" }
            Action: [s3:GetObject]
            Resource: !Sub "${Shown.Arn}/conditional/*"
            Condition: { Bool: { aws:SecureTransport: "true" } }
  Hidden:
    Type: AWS::S3::Bucket
    Properties: { BucketName: hidden }
  Key:
    Type: AWS::SecretsManager::Secret
    Properties: { GenerateSecretString: { PasswordLength: 64 } }
"#;

fn read(text: &str) -> Result<Template, String> {
    let parameters = BTreeMap::from([("Who".to_owned(), "ada@example.com".to_owned())]);
    Template::read(text, &parameters).map_err(|error| error.to_string())
}

fn function<'t>(template: &'t Template, id: &str) -> &'t Function {
    template.functions.iter().find(|function| function.id == id).unwrap()
}

#[test]
fn functions_have_their_environment_over_globals_with_intrinsics_resolved() {
    let template = read(SMALL).unwrap();
    let talk = function(&template, "Talk");
    assert_eq!((talk.package.as_str(), talk.timeout, talk.memory_mb), ("chat", Duration::from_secs(7), 256));
    let expected = [
        ("CHOICE", "a-c"),
        ("INDEX", "arn:aws:dynamodb:us-east-1:000000000000:table/local-Rows/index/${literal}-us-east-1"),
        ("OWNER", "ada@example.com"),
        ("SHARED", "above"),
        ("SITE", "https://local-shown.s3.us-east-1.amazonaws.com"),
        ("TABLE_NAME", "local-Rows"),
    ];
    let environment: Vec<(&str, &str)> = talk.environment.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(environment, expected);
}

#[test]
fn routes_and_schedules_are_the_functions_events() {
    let template = read(SMALL).unwrap();
    let route = &function(&template, "Talk").routes[0];
    assert_eq!((route.method.as_str(), route.path.as_str(), route.streaming), ("POST", "/talk/{room}", true));
    assert_eq!(route.timeout, Duration::from_secs(900));
    let sweep = function(&template, "Sweep");
    assert_eq!((sweep.package.as_str(), sweep.schedules.as_slice()), ("janitor", &[Duration::from_secs(300)][..]));
}

#[test]
fn the_api_has_its_stage_cors_and_gateway_answers() {
    let template = read(SMALL).unwrap();
    assert_eq!(template.stage, "v1");
    assert_eq!(template.binary_media_types, ["image/png"]);
    let cors = Cors { origin: "*".to_owned(), max_age: Some("600".to_owned()), ..Cors::default() };
    assert_eq!(template.cors, Some(cors));
    let answer = &template.gateway_responses["THROTTLED"];
    assert_eq!(answer.status, Some(404));
    let headers = [("Retry-After", "'1'"), ("x-request-id", "context.requestId")];
    assert_eq!(answer.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(answer.body.as_deref(), Some(r#"{"id":"$context.requestId"}"#));
}

#[test]
fn the_table_becomes_its_create_table_call() {
    let template = read(SMALL).unwrap();
    let expected = json!({
        "TableName": "local-Rows",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
    });
    assert_eq!(template.tables[0].create, expected);
    let time_to_live = template.tables[0].time_to_live.as_ref().unwrap();
    assert_eq!(time_to_live["TimeToLiveSpecification"]["AttributeName"], "ttl");
    assert_eq!((template.secrets[0].id.as_str(), template.secrets[0].characters), ("local-Key", 64));
}

#[test]
fn a_bucket_shows_what_its_policy_lets_everybody_get() {
    let template = read(SMALL).unwrap();
    let origins = vec!["https://a.example".to_owned()];
    let shown = Bucket { name: "local-shown".to_owned(), public: vec!["public/".to_owned()], origins };
    let hidden = Bucket { name: "hidden".to_owned(), public: Vec::new(), origins: Vec::new() };
    // In the order of their ids.
    assert_eq!(template.buckets, [hidden, shown]);
}

#[test]
fn what_cannot_be_done_is_named_with_its_place() {
    let owner = "Resources.Talk.Properties.Environment.Variables.OWNER";
    let event = "Resources.Talk.Properties.Events.Talk";
    let schedule = "Resources.Sweep.Properties.Events.Often";
    let cases = [
        (
            "!Ref Who",
            "!ImportValue x",
            format!("{owner}.Fn::ImportValue: the local stack does not know Fn::ImportValue"),
        ),
        ("!Ref Who", "!Ref Nobody", format!("{owner}.Ref: Nobody is no parameter, pseudo parameter or resource")),
        ("!Ref Who", "{ a: b }", format!("{owner}: expected text or a number")),
        (
            "rate(${Minutes} minutes)",
            "cron(0 0 * * ? *)",
            format!("{schedule}: the local stack runs rate(...) schedules only, not cron(0 0 * * ? *)"),
        ),
        ("RESPONSE_STREAM", "SOMETIMES", format!("{event}: SOMETIMES is no ResponseTransferMode")),
        ("!Condition IsLive", "!Condition IsIdle", "Conditions.IsIdle: conditions form a circle".to_owned()),
    ];
    for (old, new, problem) in cases {
        let error = read(&SMALL.replacen(old, new, 1)).unwrap_err();
        assert_eq!(error, format!("template.yaml, {problem}"), "{new}");
    }
    assert!(read("a: [").unwrap_err().contains("not YAML"));
}

#[test]
fn a_parameter_without_a_default_must_be_given() {
    let error = Template::read(SMALL, &BTreeMap::new()).unwrap_err().to_string();
    assert!(error.contains("the parameter Who has no default"), "{error}");
}

/// The real template is read by every start of the local stack; this says what is wrong before that.
#[test]
fn the_products_template_is_understood() {
    let text = include_str!("../../../../template.yaml");
    let parameters = ["AdminAccount", "MailSender"].map(|name| (name.to_owned(), "a@example.com".to_owned()));
    let template = Template::read(text, &BTreeMap::from(parameters)).unwrap();
    assert!(template.functions.iter().any(|function| function.routes.iter().any(|route| route.streaming)));
    assert!(template.functions.iter().any(|function| !function.schedules.is_empty()));
    assert_eq!(template.tables.len(), 1);
    let images = Bucket {
        name: "local-imagebucket".to_owned(),
        public: vec!["public/".to_owned()],
        origins: vec!["*".to_owned()],
    };
    assert_eq!(template.buckets, [images]);
    assert_eq!(template.binary_media_types, ["multipart/form-data"]);
    assert!(template.gateway_responses.contains_key("DEFAULT_4XX"));
}
