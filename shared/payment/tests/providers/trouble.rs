//! What goes wrong with every provider alike: on the way, or with whatever answers in its place.

use std::time::Instant as Moment;

use payment::{Device, Failure, Order, PayType, Provider};

use crate::server::{Act, Server};
use crate::{KEY, create, create_within, order, query, query_within, signing};

fn raw(text: &str) -> Act {
    Act::Raw(text.replace('\n', "\r\n").into_bytes())
}

#[test]
fn whatever_is_no_answer_leaves_the_order_unclear() {
    for (act, word) in [
        (raw("HTTP/1.1 500 No\ncontent-length: 2\n\n{}"), "500"),
        (raw("HTTP/1.1 404 No\ncontent-length: 2\n\n{}"), "404"),
        (raw("HTTP/1.1 302 Found\nlocation: /elsewhere\ncontent-length: 0\n\n"), "302"),
        (raw("HTTP/1.1 200 OK\ncontent-length: 99\n\n{\"code\":1"), "中断"),
        (raw("HTTP/1.1 200 OK\ncontent-encoding: gzip\ncontent-length: 2\n\n{}"), "中断"),
        (Act::Raw(Vec::new()), "中断"),
        (Act::Flood, "过长"),
        (Act::Say(b"<html>\xe7\xbb\xb4\xe6\x8a\xa4</html>".to_vec()), "无法识别"),
        (Act::Say(b"{\"code\":1".to_vec()), "无法识别"),
        (Act::Say(b"\xff\xfe{}".to_vec()), "无法识别"),
        (Act::Say(b"{}".to_vec()), "无法识别"),
        (Act::Say(b"[]".to_vec()), "无法识别"),
        (Act::Say(Vec::new()), "无法识别"),
    ] {
        for provider in Provider::ALL {
            let server = Server::start(act.clone());
            let said = [create(provider, &server, &order()).unwrap_err(), query(provider, &server).unwrap_err()];
            for failure in said {
                let Failure::Unclear(text) = &failure else { unreachable!("{provider:?} {act:?}: {failure}") };
                assert!(text.contains(word), "{provider:?} {word}: {text}");
            }
            assert!(server.requests().iter().all(|request| !request.line.contains("elsewhere")));
        }
    }
}

#[test]
fn silence_ends_at_the_deadline() {
    for provider in Provider::ALL {
        let (server, began) = (Server::start(Act::Hang), Moment::now());
        let late = Failure::Unclear("支付接口超时".to_owned());
        assert_eq!(create_within(provider, &server.url, &order(), 300), Err(late.clone()));
        assert_eq!(query_within(provider, &server.url, 300), Err(late));
        assert!((500..6_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }
}

#[test]
fn nobody_at_the_address_is_told_and_nothing_was_created() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{address}");
    for provider in Provider::ALL {
        let said = "支付接口无法连接".to_owned();
        assert_eq!(create_within(provider, &nobody, &order(), 2_000), Err(Failure::Refused(said.clone())));
        assert_eq!(query_within(provider, &nobody, 2_000), Err(Failure::Unclear(said)));
    }
}

#[test]
fn a_way_to_pay_that_is_not_served_is_not_asked_for() {
    let server = Server::says("{}");
    for (provider, pay_type) in
        [(Provider::Alipay, PayType::WeChat), (Provider::PayJs, PayType::Qq), (Provider::Xunhupay, PayType::Qq)]
    {
        let result = create(provider, &server, &Order { pay_type, ..order() });
        assert!(matches!(result, Err(Failure::Refused(_))), "{result:?}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_creation_whose_connection_breaks_is_not_sent_twice() {
    for provider in [Provider::Epay, Provider::PayJs, Provider::Xunhupay] {
        let server = Server::start(Act::Raw(Vec::new()));
        let _ = create(provider, &server, &order());
        assert_eq!(server.requests().len(), 1, "{provider:?}");
    }
}

#[test]
fn no_text_for_people_holds_a_secret() {
    let private = signing::vector("alipay.json", "/keys/app_private_pkcs8");
    for provider in Provider::ALL {
        let server = Server::start_with(|url, request| {
            let echo = format!("bad {url} {} {KEY} {}", request.field("key"), request.field("sign"));
            let body = serde_json::json!({
                "code": -1, "msg": echo, "return_code": 0, "return_msg": echo, "errcode": 5, "errmsg": echo,
                "alipay_trade_precreate_response": { "code": "40002", "sub_msg": echo },
                "alipay_trade_query_response": { "code": "40002", "sub_msg": echo },
            });
            let kind = if request.line.contains("gateway") { request.field("method") } else { "" };
            let other = if kind == "alipay.trade.query" { "precreate" } else { "query" };
            let mut body = body;
            body.as_object_mut().unwrap().remove(&format!("alipay_trade_{other}_response"));
            Act::Say(body.to_string().into_bytes())
        });
        let order = Order { device: Device::Mobile, ..order() };
        let said = [create(provider, &server, &order).unwrap_err(), query(provider, &server).unwrap_err()];
        for failure in said {
            let text = format!("{failure} {failure:?}");
            assert!(text.contains("bad"), "{provider:?}: {text}");
            let keeps = !text.contains(&private[..40]) && (provider == Provider::Alipay || !text.contains(KEY));
            assert!(keeps, "{provider:?}: {text}");
            assert!(failure.to_string().chars().count() <= 200);
        }
    }
}
