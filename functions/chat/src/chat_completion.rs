//! `POST /api/chat/completion`: one answer outside any conversation, streamed and billed: a mind map of what a person writes,
//! or a prompt for pictures made of it. Nothing of it is kept but the row of the statement.

use std::sync::Arc;

use domain::{Error, Family, MessageId, Result};
use keyring::Keys;
use table::holds::Bearer;
use table::site::Site;
use upstream::{Message, Role};
use web::{Call, Fields, StreamBody};

use crate::App;
use crate::ask::Ask;
use crate::budget::Budget;
use crate::completions::keys_of;
use crate::frames;
use crate::open::{Opening, open};
use crate::turn::Turn;

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Result<StreamBody> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    let asked = match decide(app, call).await {
        Ok(asked) => asked,
        // Only who is logged in is told what is wrong with a request.
        Err(refusal) => return Err(call.user().await.err().unwrap_or(refusal)),
    };
    let Asked { ask, task, said, budget, keys, site } = asked;
    let id = MessageId::draw(call.began())?;
    let bearer = Bearer::Session(&token);
    let opening = Opening { bearer, id, family: ask.family, budget: &budget, site: &site, said: &ask.prompt };
    let (reservation, pays) = open(app, opening).await?;
    let (messages, max_tokens) = budget.fit(said, std::iter::empty(), pays);
    let turn = Turn {
        app: Arc::clone(app),
        id,
        began: call.began(),
        keys,
        budget,
        reservation,
        pays,
        prompt: ask.prompt(messages, max_tokens),
        shows_reasoning: false,
        describe: task.describe().to_owned(),
        dialogue: None,
    };
    Ok(StreamBody::from_producer(|sender| frames::run(turn, sender)))
}

/// What the answer is for.
#[derive(Clone, Copy, Debug)]
enum Task {
    MindMap,
    PicturePrompt,
}

impl Task {
    fn parse(fields: &Fields) -> Result<Self> {
        match fields.text("type").as_deref() {
            Some("mapping") => Ok(Self::MindMap),
            Some("draw") | None => Ok(Self::PicturePrompt),
            Some(_) => Err(Error::unreadable()),
        }
    }

    /// What the statement says of it.
    const fn describe(self) -> &'static str {
        match self {
            Self::MindMap => "生成思维导图",
            Self::PicturePrompt => "绘画文案优化",
        }
    }

    /// What the model is told to do with what the person writes; empty for nothing.
    fn instruction(self, site: &Site) -> &str {
        match self {
            Self::MindMap => &site.settings.mapping_prompt,
            Self::PicturePrompt => &site.settings.draw_prompt,
        }
    }
}

/// A request that can be served.
struct Asked {
    ask: Ask,
    task: Task,
    /// The instruction and the question.
    said: Vec<Message>,
    budget: Budget,
    keys: Keys,
    site: Arc<Site>,
}

/// Reads the request and settles whether it can be served at all.
async fn decide(app: &App, call: &Call) -> Result<Asked> {
    let fields = call.fields()?;
    let (mut ask, task) = (Ask::parse(&fields)?, Task::parse(&fields)?);
    let site = app.site.get(&app.base.table, call.began()).await?;
    if let Some(model) = site.completion_model().filter(|_| fields.inner("options").text("model").is_none()) {
        (ask.family, ask.model) = (Family::of(model), model.to_owned());
    }
    ask.check_words(&site.settings)?;
    let keys = keys_of(app, &site, &ask.model)?;
    let instruction = Some(task.instruction(&site)).filter(|text| !text.is_empty());
    let instruction = instruction.map(|text| Message { role: Role::System, content: text.to_owned() });
    let said: Vec<Message> = instruction.into_iter().chain(ask.said()).collect();
    let budget = Budget::new(site.settings.ratio(ask.family), &said, None, 0, ask.max_tokens);
    Ok(Asked { ask, task, said, budget, keys, site })
}
