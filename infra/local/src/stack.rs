//! The whole product in one process.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use platform::{Environment, Outside};
use serde_json::{Value, json};
use testkit::challenge::Verifier;
use testkit::payments::Payments;
use testkit::upstream::Upstream;
use testkit::{Bucket, Dynamo, Mailbox, Objects, Secrets, Wire};
use tokio::net::TcpListener;

use crate::access::AccessLog;
use crate::aws::Aws;
use crate::data::{self, DataDirectory};
use crate::gateway::Gateway;
use crate::lambda::Lambda;
use crate::pages::Pages;
use crate::rights::{Right, Rights};
use crate::seed::seed;
use crate::server::{Site, serve};
use crate::tables;
use crate::tasks::Tasks;
use crate::template::{Function, REGION, Template};
use crate::{StackError, code};

/// Who the mails come from; example.com can belong to nobody.
const MAIL_SENDER: &str = "no-reply@example.com";
/// How long a stopping stack waits for open answers, and once more for what it then ends.
const STOP_GRACE: Duration = Duration::from_millis(800);

/// How to start a stack.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// Where data is kept; `None` keeps it in memory.
    pub data: Option<PathBuf>,
    /// The account that becomes administrator.
    pub admin: String,
    /// The business time zone; `None` takes the template's default.
    pub time_zone: Option<String>,
    /// The time.
    pub clock: Clock,
    /// Whether scheduled functions run by themselves.
    pub background: bool,
    /// Whether requests are logged to standard output.
    pub access_log: bool,
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    /// The HTTP client of the functions' AWS clients: what was called, and faults to come.
    pub wire: Wire,
    /// The database.
    pub dynamo: Dynamo,
    /// The mails that were sent.
    pub mailbox: Mailbox,
    /// The objects of the bucket, and `/_local/aws/s3`.
    pub objects: Objects,
    /// The scripted upstream at `/_local/upstream`.
    pub upstream: Upstream,
    /// The simulated payment providers at `/_local/pay`.
    pub payments: Payments,
    /// The scripted verifier of challenges at `/_local/challenge`.
    pub challenge: Verifier,
    /// The time.
    pub clock: Clock,
    url: String,
    environments: BTreeMap<String, Environment>,
    gateway: Arc<Gateway>,
    rights: Vec<Rights>,
    tasks: Tasks,
    /// Held until the stack is gone.
    _data: Option<DataDirectory>,
}

impl Stack {
    /// Starts everything and serves.
    ///
    /// # Errors
    /// When the port or the data directory is taken, or a part does not start.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        let template = read_template(&options)?;
        let listener = bind(options.port).await?;
        let port = listener.local_addr().map_err(StackError::Listen)?.port();
        let url = format!("http://127.0.0.1:{port}");

        let data = options.data.as_deref().map(DataDirectory::open).transpose()?;
        let aws = start_aws(&template, data.as_ref(), options.clock.clone())?;
        let wire = Wire::new(aws.dynamo.clone(), aws.client());
        let tasks = Tasks::default();
        let environments: BTreeMap<_, _> =
            template.functions.iter().map(|function| (function.package.clone(), environment(function, &url))).collect();
        let environment = |package: &str| environments.get(package).cloned().unwrap_or_default();
        let outside = |package: &str, aws_http| Outside {
            environment: environment(package),
            clock: options.clock.clone(),
            aws_http,
        };
        seed(&outside("chat", wire.client()), &url).await?;
        let (mut lambdas, mut rights) = (Vec::new(), Vec::new());
        for function in &template.functions {
            let role = Rights::of(function);
            let outside = outside(&function.package, role.client(wire.client()));
            lambdas.push(start_function(function, &outside, &tasks).await?);
            rights.push(role);
        }
        let gateway = Arc::new(Gateway::new(template, lambdas, options.clock.clone()));
        let upstream = Upstream::new();
        let payments = Payments::new(options.clock.clone());
        let challenge = Verifier::default();
        let log = AccessLog::new(options.clock.clone(), options.access_log);
        let pages = Pages {
            aws: aws.clone(),
            upstream: upstream.clone(),
            payments: payments.clone(),
            challenge: challenge.clone(),
            url: url.clone(),
        };
        let site = Site { gateway: Arc::clone(&gateway), pages, log };
        tasks.spawn(serve(listener, Arc::new(site), tasks.clone()));

        let Aws { dynamo, mailbox, objects, .. } = aws;
        let clock = options.clock;
        let stack = Self {
            wire,
            dynamo,
            mailbox,
            objects,
            upstream,
            payments,
            challenge,
            clock,
            url,
            environments,
            gateway,
            rights,
            tasks,
            _data: data,
        };
        if options.background {
            stack.run_schedules();
        }
        Ok(stack)
    }

    /// Where it serves: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The environment of one function, by package name; empty for an unknown one.
    pub fn environment(&self, function: &str) -> Environment {
        self.environments.get(function).cloned().unwrap_or_default()
    }

    /// What the roles of all functions allow.
    pub fn rights_given(&self) -> BTreeSet<Right> {
        self.rights.iter().flat_map(Rights::given).collect()
    }

    /// What the functions have used of it since the start.
    pub fn rights_used(&self) -> BTreeSet<Right> {
        self.rights.iter().flat_map(Rights::used).collect()
    }

    /// Runs the janitor once and returns its report, or `{"error": …}` when it came to no end.
    pub async fn run_janitor(&self) -> Value {
        let janitor = self.gateway.lambdas().iter().find(|lambda| lambda.function.package == "janitor");
        match janitor {
            Some(janitor) => janitor.run().await.unwrap_or_else(|problem| json!({ "error": problem })),
            None => json!({ "error": "the template has no janitor" }),
        }
    }

    /// Stops serving; answers on their way have a moment to end.
    pub async fn stop(self) {
        self.tasks.stop(STOP_GRACE).await;
    }

    fn run_schedules(&self) {
        for (index, lambda) in self.gateway.lambdas().iter().enumerate() {
            for period in &lambda.function.schedules {
                self.tasks.spawn(run_on_schedule(Arc::clone(&self.gateway), index, *period, self.tasks.clone()));
            }
        }
    }
}

async fn run_on_schedule(gateway: Arc<Gateway>, index: usize, period: Duration, tasks: Tasks) {
    let lambda = &gateway.lambdas()[index];
    let function = lambda.function.id.as_str();
    loop {
        tokio::select! {
            () = tasks.closing() => return,
            () = tokio::time::sleep(period) => {}
        }
        match lambda.run().await {
            Ok(report) => tracing::debug!(function, %report, "ran"),
            Err(problem) => tracing::error!(function, problem, "the scheduled function failed"),
        }
    }
}

fn read_template(options: &Options) -> Result<Template, StackError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let text = std::fs::read_to_string(&path).map_err(|source| StackError::Data { path, source })?;
    // What a deployment asks for because no default would be right.
    let parameters = [("AdminAccount", options.admin.as_str()), ("MailSender", MAIL_SENDER)];
    let zone = options.time_zone.iter().map(|zone| ("BusinessTimeZone", zone.as_str()));
    let parameters = parameters.into_iter().chain(zone).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Template::read(&text, &parameters.collect())?)
}

async fn bind(port: u16) -> Result<TcpListener, StackError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StackError::PortInUse { port },
        _ => StackError::Listen(error),
    })
}

fn start_aws(template: &Template, data: Option<&DataDirectory>, clock: Clock) -> Result<Aws, StackError> {
    let buckets = template.buckets.iter().map(|bucket| Bucket {
        name: bucket.name.clone(),
        public: bucket.public.clone(),
        origins: bucket.origins.clone(),
    });
    let (dynamo, objects, secrets) = match data {
        Some(data) => {
            let path = data.objects()?;
            let failed = |source| StackError::Data { path: path.clone(), source };
            let objects = Objects::directory(buckets.collect(), path.clone()).map_err(failed)?;
            (Dynamo::file(&data.database()), objects, data.secrets(&template.secrets)?)
        }
        None => (Dynamo::memory(), Objects::memory(buckets.collect()), data::generate(&template.secrets)?),
    };
    let dynamo = dynamo.map_err(StackError::Database)?;
    tables::make(&dynamo, &template.tables)?;
    Ok(Aws { dynamo, objects, secrets: Secrets::new(secrets), mailbox: Mailbox::new(clock) })
}

async fn start_function(function: &Function, outside: &Outside, tasks: &Tasks) -> Result<Lambda, StackError> {
    let failed = |source| StackError::Function { id: function.id.clone(), source };
    let code = code::start(&function.package, outside).await.map_err(failed)?;
    let code = code.ok_or_else(|| StackError::UnknownPackage { package: function.package.clone() })?;
    Ok(Lambda::new(function.clone(), code, tasks.clone()))
}

/// What the template says, what Lambda adds, and where the stack's services are.
fn environment(function: &Function, url: &str) -> Environment {
    let aws = format!("{url}/_local/aws");
    // With its slash: the SDK puts the bucket's name right behind it.
    let objects = format!("{aws}/s3/");
    let added = [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str()),
        ("AWS_ENDPOINT_URL_DYNAMODB", aws.as_str()),
        ("AWS_ENDPOINT_URL_S3", objects.as_str()),
        ("AWS_ENDPOINT_URL_SES", aws.as_str()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws.as_str()),
        ("UPSTREAM_LOOPBACK", "allow"),
    ];
    let added = added.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    // The world reads a bucket here where the stack serves it, and not at its own host.
    let host = function.environment.get("IMAGES_URL").and_then(|own| own.strip_prefix("https://"));
    let bucket = host.and_then(|host| host.split_once(".s3."));
    let images = bucket.map(|(bucket, _)| ("IMAGES_URL".to_owned(), format!("{objects}{bucket}")));
    let public = function.environment.contains_key("PUBLIC_URL").then(|| ("PUBLIC_URL".to_owned(), url.to_owned()));
    function.environment.clone().into_iter().chain(added).chain(images).chain(public).collect()
}
