//! What names lead to, and that they are asked once for each connection.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::*;
use crate::endpoint::{AddressError, Endpoint};

/// A name server that gives one answer after the other, the last one for ever.
#[derive(Clone, Debug)]
pub(super) struct Script(Arc<Mutex<(usize, Vec<Vec<IpAddr>>)>>);

impl Script {
    fn new(answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Self(Arc::new(Mutex::new((0, answers.iter().map(parse).collect()))))
    }

    pub(super) fn look_up(&self) -> Vec<SocketAddr> {
        let (asked, answers) = &mut *self.0.lock().unwrap();
        let answer = &answers[(*asked).min(answers.len() - 1)];
        *asked += 1;
        answer.iter().map(|&ip| SocketAddr::new(ip, 0)).collect()
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().0
    }

    fn guard(&self, loopback: Loopback) -> Guard {
        Guard { loopback, names: Names::Scripted(self.clone()) }
    }
}

/// What an answer of the name server is for the deployed product.
async fn judge(answer: &[&str]) -> Result<Vec<SocketAddr>, LookupError> {
    Script::new(&[answer]).guard(Loopback::Refuse).addresses("api.example.com").await
}

#[tokio::test]
async fn public_answers_are_handed_on_whole() {
    for answer in [&["1.1.1.1"][..], &["1.1.1.1", "8.8.8.8"], &["2606:4700::1111", "1.1.1.1"]] {
        assert_eq!(judge(answer).await.unwrap().len(), answer.len(), "{answer:?}");
    }
    assert!(matches!(judge(&[]).await, Err(LookupError::Failed(_))));
}

#[tokio::test]
async fn one_address_that_is_not_public_spoils_the_name() {
    for ip in [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.5",
        "172.20.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "224.0.0.251",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:10.0.0.5",
        "::ffff:169.254.169.254",
        "::10.0.0.5",
        "64:ff9b::a9fe:a9fe",
        "2002:a00:5::1",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::fb",
    ] {
        for answer in [&[ip][..], &["1.1.1.1", ip], &[ip, "1.1.1.1"], &["1.1.1.1", "2606:4700::1111", ip]] {
            assert!(matches!(judge(answer).await, Err(LookupError::NotPublic)), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_name_of_this_machine_is_resolved_only_where_loopback_is_allowed() {
    let refused = Guard::new(Loopback::Refuse).addresses("localhost").await;
    assert!(matches!(refused, Err(LookupError::NotPublic)));
    let allowed = Guard::new(Loopback::Allow).addresses("localhost").await;
    assert!(allowed.unwrap().iter().all(|it| it.ip().is_loopback()));
}

#[tokio::test]
async fn literals_and_other_local_names_are_refused_even_where_loopback_is_allowed() {
    for name in ["127.0.0.1", "10.0.0.1", "::1"] {
        let refused = Guard::new(Loopback::Allow).resolve(name.parse().unwrap()).await;
        let is_not_public = |error: &LookupError| matches!(error, LookupError::NotPublic);
        assert!(refused.err().is_some_and(|error| error.downcast_ref().is_some_and(is_not_public)), "{name}");
    }
    let elsewhere = Script::new(&[&["10.0.0.5"]]).guard(Loopback::Allow);
    assert!(matches!(elsewhere.addresses("localhost").await, Err(LookupError::NotPublic)));
}

#[tokio::test]
async fn a_base_is_saved_when_every_address_is_public() {
    let base = Endpoint::parse("https://api.example.com/v1", Loopback::Refuse).unwrap();
    for (answer, expected) in [
        (&["1.1.1.1"][..], Ok(())),
        (&["1.1.1.1", "10.0.0.5"], Err(AddressError::NotPublic)),
        (&["fd00:ec2::254"], Err(AddressError::NotPublic)),
        (&[], Err(AddressError::Unresolved)),
    ] {
        assert_eq!(base.check_by(&Script::new(&[answer]).guard(Loopback::Refuse)).await, expected, "{answer:?}");
    }
}

/// A name that leads elsewhere at its second reading finds nobody who reads it twice: each connection asks once and
/// goes where that answer said.
#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let client = |script: &Script| {
        let http = reqwest::Client::builder().tls_backend_preconfigured(crate::http::tls().unwrap());
        http.dns_resolver(script.guard(Loopback::Allow)).no_proxy().build().unwrap()
    };

    let turns_bad = Script::new(&[&["127.0.0.1"], &["10.0.0.5"]]);
    let turned = client(&turns_bad);
    let (came, ()) = tokio::join!(listener.accept(), async {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(100), turned.get(&url).send()).await;
    });
    assert!(came.unwrap().1.ip().is_loopback());
    assert_eq!(turns_bad.asked(), 1);
    let error = turned.get(&url).send().await.unwrap_err();
    assert!(crate::is_blocked(&error));
    assert_eq!(turns_bad.asked(), 2);

    let starts_bad = Script::new(&[&["10.0.0.5"], &["127.0.0.1"]]);
    assert!(client(&starts_bad).get(&url).send().await.is_err());
    assert_eq!(starts_bad.asked(), 1);
}
