//! A chat completion as a sequence of steps, streamed or in one piece.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::Clock;
use serde_json::{Value, json};

use super::directives::{Directives, text_of};
use super::reply::{self, Content, Reply};
use super::{HANG, Step, UpstreamBody};

/// Stands for the filler in an answer that is made while it is sent.
const FILLER: &str = "filler-goes-here";

/// Lines that a strict reader of event streams must accept and skip: comments, other fields, other line ends, a
/// field without a space, an event of two data lines, a chunk that says nothing.
const ODD_LINES: [&str; 7] = [
    ": keep-alive\n\n",
    "event: message\nid: 7\nretry: 1000\n\n",
    ":\r\n\r\n",
    "unknown\n\n",
    "data:{\"choices\":[]}\n\n",
    "data: {\"choices\":\ndata: [{\"index\":0,\"delta\":{}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":null},\"finish_reason\":null}]}\r\n\r\n",
];

/// One answer and how it is to be sent.
#[derive(Debug)]
pub(super) struct Chat {
    id: String,
    created: i64,
    model: String,
    reply: Reply,
    usage: Value,
    stream: bool,
    usage_asked: bool,
    directives: Directives,
}

impl Chat {
    /// The answer to `asked`, whose last user message says `prompt` besides its directives.
    pub(super) fn new(model: &str, messages: &[Value], asked: &Value, directives: Directives, prompt: &str) -> Self {
        let limit = asked["max_tokens"].as_u64().or_else(|| asked["max_completion_tokens"].as_u64());
        let tokens_max = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let reply = Reply::new(&directives, tokens_max, || reply::ordinary(model, prompt, messages.len()));
        let honest = (prompt_tokens(messages), i64::try_from(reply.tokens).unwrap_or(i64::MAX));
        let (prompt, completion) = directives.usage.unwrap_or(honest);
        let total = prompt.saturating_add(completion);
        let created = Clock::system().millis() / 1000;
        Self {
            id: id(created),
            created,
            model: model.to_owned(),
            reply,
            usage: json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}),
            stream: asked["stream"] == true,
            usage_asked: asked["stream_options"]["include_usage"] == true,
            directives,
        }
    }

    pub(super) fn streams(&self) -> bool {
        self.stream
    }

    pub(super) fn body(self) -> UpstreamBody {
        let split = self.directives.split;
        if self.stream {
            UpstreamBody::script(self.into_stream(), split)
        } else {
            UpstreamBody::script(self.into_plain().into_iter(), split)
        }
    }

    /// The event stream. Chunks are made one by one as the reader takes them.
    fn into_stream(self) -> impl Iterator<Item = Step> + Send + Sync {
        let stop = [(self.directives.cut, false), (self.directives.hang, true)];
        let stop = stop.into_iter().filter_map(|(after, hangs)| Some((after?, hangs))).min_by_key(|stop| stop.0);
        let chunks = self.reply.chunks();
        let sent = stop.map_or(chunks, |(after, _)| after.min(chunks));
        let head = stop.is_none_or(|(after, _)| after > 0).then(|| {
            let role = json!({"role": "assistant", "content": "", "refusal": null});
            Step::send(event(&self.chunk(&role, None)))
        });
        // As DeepSeek's models tell what they think before they answer.
        let thoughts = self.directives.thinks.as_ref().map(|thoughts| {
            let delta = json!({"reasoning_content": thoughts, "content": null});
            Step::send(event(&self.chunk(&delta, None)))
        });
        let tail = match stop {
            Some((_, true)) => vec![Step::Wait(HANG), Step::Break],
            Some((_, false)) => vec![Step::Break],
            None => self.ending(),
        };
        let garbage_at = self.directives.garbage.then_some(sent / 2);
        let content = (0..sent).flat_map(move |index| {
            let mut steps = Vec::with_capacity(4);
            if index > 0 && !self.directives.delay.is_zero() {
                steps.push(Step::Wait(self.directives.delay));
            }
            if garbage_at == Some(index) {
                steps.extend(ODD_LINES.map(Step::send));
                steps.push(Step::send("data: {this is not JSON\n\n"));
            }
            self.content(index, &mut steps);
            steps
        });
        head.into_iter().chain(thoughts).chain(content).chain(tail)
    }

    /// The content chunk at `index`.
    fn content(&self, index: usize, steps: &mut Vec<Step>) {
        if let Content::Bytes(bytes) = self.reply.content {
            let chunk = event(&self.chunk(&json!({"content": FILLER}), None));
            steps.extend(filled(&chunk, bytes));
        } else {
            let delta = json!({"content": self.reply.content.chunk(index)});
            steps.push(Step::send(event(&self.chunk(&delta, None))));
        }
    }

    /// What follows the content: the reason of the end, the usage if asked, the mark of the end.
    fn ending(&self) -> Vec<Step> {
        let mut steps = vec![Step::send(event(&self.chunk(&json!({}), Some(self.finish_reason()))))];
        if self.usage_asked && !self.directives.nousage {
            let mut last = self.chunk(&Value::Null, None);
            last["choices"] = json!([]);
            last["usage"] = self.usage.clone();
            steps.push(Step::send(event(&last)));
        }
        if !self.directives.nodone {
            steps.push(Step::send("data: [DONE]\n\n"));
        }
        steps
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": null,
            "choices": [choice],
        });
        if self.usage_asked && !self.directives.nousage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    /// The answer in one piece. Here `[[cut]]` and `[[hang]]` stop in the middle and `[[garbage]]` spoils the JSON.
    fn into_plain(self) -> Vec<Step> {
        let content = match &self.reply.content {
            Content::Bytes(_) => FILLER.to_owned(),
            content => (0..self.reply.chunks()).map(|index| content.chunk(index)).collect(),
        };
        let message = json!({"role": "assistant", "content": content, "refusal": null});
        let reason = self.finish_reason();
        let mut answer = json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": reason}],
        });
        if !self.directives.nousage {
            answer["usage"] = self.usage.clone();
        }
        let mut text = answer.to_string();
        if self.directives.garbage {
            text.insert_str(1, "this is not JSON ");
        }
        if let Content::Bytes(bytes) = self.reply.content {
            return filled(&text, bytes).into();
        }
        if self.directives.cut.is_none() && self.directives.hang.is_none() {
            return vec![Step::send(text)];
        }
        let half = Step::send(text.as_bytes()[..text.len() / 2].to_vec());
        if self.directives.cut.is_some() { vec![half, Step::Break] } else { vec![half, Step::Wait(HANG), Step::Break] }
    }

    fn finish_reason(&self) -> &'static str {
        if self.reply.shortened { "length" } else { "stop" }
    }
}

/// One event of the stream.
fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// `text` with `bytes` bytes where the filler goes.
fn filled(text: &str, bytes: u64) -> [Step; 3] {
    let (before, behind) = text.split_once(FILLER).unwrap_or((text, ""));
    [Step::send(before.to_owned()), Step::Fill(bytes), Step::send(behind.to_owned())]
}

/// What the messages cost, with the few tokens that the real service adds for each.
fn prompt_tokens(messages: &[Value]) -> i64 {
    let tokens = messages.iter().map(|message| reply::tokens(&text_of(&message["content"])).len() + 4).sum::<usize>();
    i64::try_from(tokens + 3).unwrap_or(i64::MAX)
}

/// An id in the form of the real service's, different for every answer of this process.
fn id(created: i64) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // Multiplying by an odd number scatters the bits and keeps different counts different.
    let scattered = count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("chatcmpl-{created:013x}{scattered:016x}")
}
