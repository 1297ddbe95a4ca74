use std::fmt::Write as _;

use domain::limits::HTML_BYTES_MAX;

/// Of HTML that is not too tangled.
fn sanitised(html: &str) -> String {
    super::sanitised(html).expect("an answer")
}

/// What is left of a link that led to something that runs.
const DEAD_LINK: &str = "<a rel=\"noopener noreferrer nofollow\">x</a>";

/// What attackers try, and what is left of it.
const PAYLOADS: &[(&str, &str)] = &[
    ("<script>alert(1)</script>", ""),
    ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>", ""),
    ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"),
    ("<img src=x onerror=alert(1)>", "<img src=\"x\">"),
    ("<img src=\"x\"onerror=\"alert(1)\">", "<img src=\"x\">"),
    ("<img/src=x/onerror=alert(1)>", "<img src=\"x/onerror=alert(1)\">"),
    ("<img src=\"javascript:alert(1)\">", "<img>"),
    ("<img src=\"data:image/svg+xml;base64,PHN2Zz4=\">", "<img>"),
    ("<img src='x' alt=\"`onerror=alert(1)\">", "<img src=\"x\" alt=\"`onerror=alert(1)\">"),
    ("<img \"\"\"><script>alert(1)</script>\">", "<img>\"&gt;"),
    ("<svg onload=alert(1)>", ""),
    ("<svg><script>alert(1)</script></svg>", ""),
    ("<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>", ""),
    ("<svg><style><img src=x onerror=alert(1)></style></svg>", "<img src=\"x\">"),
    ("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", ""),
    ("<math><a xlink:href=javascript:alert(1)>x</a></math>", ""),
    ("<a href=\"javascript:alert(1)\">x</a>", DEAD_LINK),
    ("<a href=\"JaVaScRiPt:alert(1)\">x</a>", DEAD_LINK),
    ("<a href=\"java\tscript:alert(1)\">x</a>", DEAD_LINK),
    ("<a href=\"java\nscript:alert(1)\">x</a>", DEAD_LINK),
    ("<a href=\" \u{1}javascript:alert(1)\">x</a>", DEAD_LINK),
    ("<a href=\"&#106;avascript&colon;alert(1)\">x</a>", DEAD_LINK),
    ("<a href=\"&#x6A&#x61vascript:alert(1)\">x</a>", DEAD_LINK),
    ("<a href=\"vbscript:msgbox(1)\">x</a>", DEAD_LINK),
    ("<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", DEAD_LINK),
    (
        "<a href=\"https://a.b\" target=\"_top\" rel=\"opener\" ping=\"https://evil.example\" onclick=\"alert(1)\">x</a>",
        "<a href=\"https://a.b\" rel=\"noopener noreferrer nofollow\">x</a>",
    ),
    ("<iframe src=\"javascript:alert(1)\"></iframe>", ""),
    ("<iframe srcdoc=\"<script>alert(1)</script>\">x</iframe>", "x"),
    ("<object data=\"javascript:alert(1)\">x</object>", "x"),
    ("<embed src=\"javascript:alert(1)\">", ""),
    (
        "<form action=\"https://evil.example\"><input name=token><button formaction=javascript:alert(1)>x</button></form>",
        "x",
    ),
    ("<meta http-equiv=\"refresh\" content=\"0;url=javascript:alert(1)\">", ""),
    ("<base href=\"https://evil.example/\">", ""),
    ("<link rel=\"stylesheet\" href=\"https://evil.example/x.css\">", ""),
    ("<style>@import 'https://evil.example/x.css';</style>", ""),
    ("<p style=\"background:url(javascript:alert(1));color:red\">x</p>", "<p style=\"color:red\">x</p>"),
    ("<p style=\"width:expression(alert(1))\">x</p>", "<p style=\"\">x</p>"),
    (
        "<p style=\"position:fixed;top:0;left:0;z-index:9;text-align:center\">x</p>",
        "<p style=\"text-align:center\">x</p>",
    ),
    (
        "<p style=\"color:url(https://evil.example/x)\">x</p>",
        "<p style=\"color:url(&quot;https://evil.example/x&quot;)\">x</p>",
    ),
    (
        "<p style=\"color:red&quot; onmouseover=&quot;alert(1)\">x</p>",
        "<p style=\"color:red &quot; onmouseover=&quot; alert(1)\">x</p>",
    ),
    ("<p id=\"x\" class=\"y\" name=\"z\" data-a=\"1\" onmouseover=\"alert(1)\">x</p>", "<p>x</p>"),
    ("<div style=\"-moz-binding:url(https://evil.example/x.xml#x)\">x</div>", "<div style=\"\">x</div>"),
    ("<video><source onerror=alert(1)></video>", ""),
    ("<audio src=x onerror=alert(1)>", ""),
    ("<details open ontoggle=alert(1)><summary>x</summary>y</details>", "<details><summary>x</summary>y</details>"),
    ("<body onload=\"alert(1)\">x</body>", "x"),
    ("<template><script>alert(1)</script></template>", ""),
    ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", "&lt;p title='<img src=\"x\">'&gt;"),
    (
        "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
        "&lt;img title='<img src=\"x\">'&gt;",
    ),
    ("<xmp><img title='</xmp><img src=x onerror=alert(1)>'></xmp>", "&lt;img title='<img src=\"x\">'&gt;"),
    ("<!--[if gte IE 4]><script>alert(1)</script><![endif]-->", ""),
    ("<!--><img src=x onerror=alert(1)>-->", "<img src=\"x\">--&gt;"),
    ("<![CDATA[<script>alert(1)</script>]]>", "alert(1)]]&gt;"),
    ("<?php echo 1 ?><p>x</p>", "<p>x</p>"),
    ("<img src=x one\0rror=alert(1)>", "<img src=\"x\">"),
    ("＜script＞alert(1)＜/script＞", "＜script＞alert(1)＜/script＞"),
    (
        "<a href='//evil.example'>x</a><a href='#/shop'>y</a>",
        "<a href=\"//evil.example\" rel=\"noopener noreferrer nofollow\">x</a><a href=\"#/shop\" rel=\"noopener noreferrer nofollow\">y</a>",
    ),
    ("<p>a<b>b<i>c", "<p>a<b>b<i>c</i></b></p>"),
    ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
];

#[test]
fn nothing_that_runs_is_left() {
    for (payload, left) in PAYLOADS {
        assert_eq!(sanitised(payload), *left, "{payload}");
        assert_eq!(sanitised(left), *left, "what is left of {payload} is not safe to send again");
    }
}

/// By another reading of the payloads than the one that made the table.
#[test]
fn no_payload_leaves_a_tag_an_attribute_or_a_scheme_that_is_not_allowed() {
    let all: String = PAYLOADS.iter().fold(String::new(), |mut all, (payload, _)| {
        let _ = write!(all, "{}", sanitised(payload));
        all
    });
    for tag in all.split('<').skip(1) {
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(super::TAGS.contains(&name.as_str()), "<{tag}");
    }
    // Quotes inside of values are written out, so that quotes tell attributes apart.
    for (at, _) in all.match_indices("=\"") {
        let attribute = all[..at].rsplit([' ', '"']).next().unwrap_or_default();
        assert!(["href", "src", "alt", "style", "rel"].contains(&attribute), "{attribute}");
    }
    for scheme in ["javascript:", "vbscript:", "data:"] {
        assert!(!all.to_lowercase().contains(scheme), "{scheme}");
    }
}

#[test]
fn what_editors_write_stays() {
    for html in [
        "<h2 style=\"text-align:center\">公告</h2><p>a<br>b <strong>c</strong> <em>d</em> <u>e</u></p>",
        "<ul><li>a</li></ul><ol start=\"3\"><li>b</li></ol><blockquote>c</blockquote><pre><code>d</code></pre><hr>",
        "<table><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table>",
        "<p><img src=\"https://a.b/c.png\" alt=\"图\" width=\"10\" height=\"20\"></p>",
        "<a href=\"https://a.b/?c=d&amp;e=f\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a>",
        "<a href=\"mailto:a@b.cd\" rel=\"noopener noreferrer nofollow\">a</a>",
        "<a href=\"#/shop\" rel=\"noopener noreferrer nofollow\">a</a>",
        "plain 文字, nothing else",
        "",
    ] {
        assert_eq!(sanitised(html), html);
    }
}

#[test]
fn the_longest_and_deepest_html_is_read() {
    for part in ["<div>", "<table><tr><td>", "</p>", "&", "<svg>", "<span>a</span>"] {
        sanitised(&part.repeat(HTML_BYTES_MAX / part.len()));
    }
    sanitised(&"<p>a<b>b</b><i>c</i></p>".repeat(100));
}

/// Each paragraph opens all those tags again.
#[test]
fn html_that_would_grow_beyond_measure_is_not_read() {
    let tangled = |number: usize| {
        let open: String = (0..number).fold("<p>".to_owned(), |mut open, title| {
            let _ = write!(open, "<b title={title}>");
            open
        });
        open + &"<p>x".repeat(number)
    };
    assert!(sanitised(&tangled(300)).len() > 1_000_000);
    assert_eq!(super::sanitised(&tangled(400)), None);
    assert_eq!(super::sanitised(&"<STRONG\t".repeat(600)), None);
}
