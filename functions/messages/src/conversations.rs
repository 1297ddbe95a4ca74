//! Messages put together to conversations.

use std::collections::HashMap;

use domain::Zone;
use serde_json::{Value, json};
use table::message::{Message, Speaker};

use crate::{excerpt, view};

/// Conversations that are shown.
const CONVERSATIONS_MAX: usize = 50;
/// Bytes that their texts take in the answer.
const TEXT_BYTES_MAX: usize = 3_000_000;
/// Longest name of a conversation.
const NAME_CHARS_MAX: usize = 30;

/// A person's newest conversations, put together from their newest message to older ones.
#[derive(Default)]
pub(crate) struct Conversations {
    /// Newest first.
    begun: Vec<Conversation>,
    /// The one that the last message was taken into.
    last: usize,
    text_bytes: usize,
    full: bool,
}

struct Conversation {
    /// Newest first.
    messages: Vec<Message>,
}

impl Conversations {
    /// Takes the next older message, if it is to be shown and there is room.
    pub(crate) fn take(&mut self, message: Message) {
        if self.full || !message.is_shown() {
            return;
        }
        let place = self.begun.iter().position(|known| known.is_of(&message));
        if place.is_none() && self.begun.len() >= CONVERSATIONS_MAX {
            return;
        }
        self.text_bytes += bytes(&message);
        if self.text_bytes > TEXT_BYTES_MAX {
            self.full = true;
            self.end_early();
            return;
        }
        self.last = place.unwrap_or(self.begun.len());
        match self.begun.get_mut(self.last) {
            Some(conversation) => conversation.messages.push(message),
            None => self.begun.push(Conversation { messages: vec![message] }),
        }
    }

    /// There are older messages that will not come: an answer that waits for its question goes, so that turns are whole.
    pub(crate) fn end_early(&mut self) {
        if let Some(conversation) = self.begun.get_mut(self.last) {
            conversation.messages.pop_if(|oldest| oldest.role == Speaker::Assistant);
        }
    }

    /// Whether no older message has room.
    pub(crate) fn are_full(&self) -> bool {
        self.full
    }

    /// The conversations as the front end keeps them, newest first.
    pub(crate) fn view(&self, zone: &Zone) -> Vec<Value> {
        self.begun.iter().filter_map(|conversation| conversation.view(zone)).collect()
    }
}

impl Conversation {
    fn is_of(&self, message: &Message) -> bool {
        self.messages.first().is_some_and(|first| first.conversation == message.conversation)
    }

    fn view(&self, zone: &Zone) -> Option<Value> {
        let newest = self.messages.first()?;
        let id = newest.conversation.as_str();
        let prompts: HashMap<i64, &str> =
            self.questions().map(|question| (turn(question), question.content.as_str())).collect();
        let data = self.messages.iter().rev().map(|message| {
            let prompt = prompts.get(&turn(message)).copied().unwrap_or_default();
            json!({
                "id": message.id,
                "role": message.role,
                "text": message.content,
                "dateTime": zone.text(message.created),
                "status": "pass",
                "requestOptions": {"prompt": prompt, "parentMessageId": id, "options": view::options(message)},
            })
        });
        let data: Vec<Value> = data.collect();
        Some(json!({"id": id, "path": id, "name": self.name(), "data": data}))
    }

    /// Newest first.
    fn questions(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.role == Speaker::User)
    }

    /// The first words of the first question.
    fn name(&self) -> String {
        let first = self.questions().last().or(self.messages.last());
        first.map(|message| first_words(&message.content)).unwrap_or_default()
    }
}

/// The number that a question and its answer share: the answer's id is the next one after the question's.
fn turn(message: &Message) -> i64 {
    match message.role {
        Speaker::User => message.id.as_i64(),
        Speaker::Assistant => message.id.as_i64() - 1,
    }
}

/// What a message adds to the answer. A question is told three times: by itself, and with it and its answer as what was
/// asked.
fn bytes(message: &Message) -> usize {
    let times = match message.role {
        Speaker::User => 3,
        Speaker::Assistant => 1,
    };
    times * excerpt::bytes(&message.content)
}

/// One line of at most [`NAME_CHARS_MAX`] characters.
pub(crate) fn first_words(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.chars().count() >= NAME_CHARS_MAX {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX));
    }
    let line: String = line.chars().take(NAME_CHARS_MAX).collect();
    line.trim_end().to_owned()
}
