#!/usr/bin/env python3
"""Makes alipay.json, alipay_notifications.json, epay.json, payjs.json, xunhupay.json. See README.md beside this file.

Usage:  python make_vectors.py OFFICIAL_WHEEL NODE_DIR
  OFFICIAL_WHEEL  path of alipay_sdk_python-*.whl (official SDK, used straight from the wheel, in a child process)
  NODE_DIR        a directory in which `npm i alipay-sdk` was run
Needs: python-alipay-sdk cryptography epay-sdk payjs rsa pycryptodome (PyPI)
"""
import base64, hashlib, json, os, subprocess, sys
from importlib.metadata import version
from urllib.parse import quote, quote_plus, parse_qsl, unquote_to_bytes

from cryptography.hazmat.primitives import hashes, serialization as S
from cryptography.hazmat.primitives.asymmetric import padding, rsa as crsa
from cryptography.exceptions import InvalidSignature
from alipay import AliPay                       # python-alipay-sdk
from epay_sdk.client import EPayClient          # epay-sdk
from epay_sdk.config import EPayConfig
from payjs.sign import get_signature as payjs_sign

HERE = os.path.dirname(os.path.abspath(__file__))
WHEEL, NODE_DIR = sys.argv[1], sys.argv[2]
WHEEL_VER = os.path.basename(WHEEL).split('-')[1]
NODE_VER = json.load(open(f'{NODE_DIR}/node_modules/alipay-sdk/package.json'))['version']

# ---------------------------------------------------------------- keys
def load_or_make_keys():
    """Keys are kept in keys.json (throwaway) so that a re-run gives the same file."""
    p = os.path.join(HERE, '.keys.json')
    if os.path.exists(p):
        return json.load(open(p))
    k = {n: crsa.generate_private_key(65537, 2048).private_bytes(
            S.Encoding.PEM, S.PrivateFormat.PKCS8, S.NoEncryption()).decode() for n in ('app', 'alipay')}
    json.dump(k, open(p, 'w'))
    return k

def b64(b): return base64.b64encode(b).decode()
keys = {n: S.load_pem_private_key(p.encode(), None) for n, p in load_or_make_keys().items()}
app, ali = keys['app'], keys['alipay']
APP_PKCS8 = b64(app.private_bytes(S.Encoding.DER, S.PrivateFormat.PKCS8, S.NoEncryption()))
APP_PKCS1 = b64(app.private_bytes(S.Encoding.DER, S.PrivateFormat.TraditionalOpenSSL, S.NoEncryption()))
spki = lambda k: b64(k.public_key().public_bytes(S.Encoding.DER, S.PublicFormat.SubjectPublicKeyInfo))
APP_SPKI, ALI_SPKI = spki(app), spki(ali)
ALI_PKCS8 = b64(ali.private_bytes(S.Encoding.DER, S.PrivateFormat.PKCS8, S.NoEncryption()))
pem = lambda b, t: f'-----BEGIN {t}-----\n' + '\n'.join(b[i:i+64] for i in range(0, len(b), 64)) + f'\n-----END {t}-----'

def rsa_sign(key, data: bytes, h=hashes.SHA256): return b64(key.sign(data, padding.PKCS1v15(), h()))
def rsa_ok(data: bytes, sig: str, key=ali):
    try:
        key.public_key().verify(base64.b64decode(sig, validate=True), data, padding.PKCS1v15(), hashes.SHA256()); return True
    except (InvalidSignature, ValueError): return False

APP_ID = '2021000000000001'
sdk = AliPay(appid=APP_ID, app_private_key_string=pem(APP_PKCS1, 'RSA PRIVATE KEY'),
             alipay_public_key_string=pem(ALI_SPKI, 'PUBLIC KEY'), sign_type='RSA2')

# the official SDK has the same top-level package name, so it runs in a child process
OFFICIAL = r'''
import sys, json, base64
from alipay.aop.api.util.SignatureUtils import get_sign_content, sign_with_rsa2, verify_with_rsa
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient as D
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
j = json.load(sys.stdin); out = []
cfg = AlipayClientConfig(); cfg.alipay_public_key = j["ali_spki"]; cfg.app_private_key = j["app_pkcs1"]; cfg.charset = "utf-8"
cli = D(cfg)
from alipay.aop.api.constant.CommonConstants import THREAD_LOCAL
THREAD_LOCAL.logger = None; THREAD_LOCAL.uuid = "x"
for op, a in j["ops"]:
    try:
        if op == "sign": c = get_sign_content(a); out.append([c, sign_with_rsa2(j["app_pkcs1"], c, "utf-8")])
        elif op == "verify": out.append(verify_with_rsa(j["ali_spki"], base64.b64decode(a[0]), a[1]))
        elif op == "cut": out.append(D._DefaultAlipayClient__extract_json_object_end_position(cli, a[0], a[1]))
        elif op == "parse":
            D._DefaultAlipayClient__parse_response(cli, a.encode("utf-8")); out.append("accepts")
    except Exception as e: out.append("rejects" if op in ("parse", "verify") else "error: %r" % (e,))
json.dump(out, sys.stdout)
'''
def official(ops):
    p = subprocess.run([sys.executable, '-c', OFFICIAL], input=json.dumps(dict(ali_spki=ALI_SPKI, app_pkcs1=APP_PKCS1, ops=ops)),
                       text=True, capture_output=True, env={**os.environ, 'PYTHONPATH': WHEEL})
    if p.returncode: raise SystemExit(p.stderr)
    return json.loads(p.stdout)

NODE = r'''
const {AlipaySdk} = require("alipay-sdk"); const j = JSON.parse(require("fs").readFileSync(0, "utf8"));
const s = new AlipaySdk({appId: j.app_id, privateKey: j.app_pkcs8, keyType: "PKCS8", alipayPublicKey: j.ali_spki, signType: "RSA2"});
console.log(JSON.stringify(j.ops.map(([op, a]) => { try {
  if (op === "notify") return s.checkNotifySignV2(a) ? "accepts" : "rejects";
  if (op === "resp") { const o = JSON.parse(a.body); const k = o[a.node] ? a.node : (o.error_response ? "error_response" : a.node);
    if (!o.sign) return "rejects (no sign)"; s.checkResponseSign(a.body, k, o.sign, ""); return "accepts"; }
} catch (e) { return "rejects"; } })));
'''
def node(ops):
    p = subprocess.run(['node', '-e', NODE], input=json.dumps(dict(app_id=APP_ID, app_pkcs8=APP_PKCS8, ali_spki=ALI_SPKI, ops=ops)),
                       text=True, capture_output=True, cwd=NODE_DIR)
    if p.returncode: raise SystemExit(p.stderr)
    return json.loads(p.stdout)

cases = []
# ---------------------------------------------------------------- alipay: requests
def req(name, biz, note='', **extra):
    params = dict(app_id=APP_ID, method=extra.pop('method', 'alipay.trade.precreate'), format='JSON', charset='utf-8', sign_type='RSA2',
                  timestamp='2025-01-02 03:04:05', version='1.0', biz_content=biz, **extra)
    used = {k: v for k, v in params.items() if v != ''}        # documented rule (Java SDK: areNotEmpty)
    seen = []
    orig = sdk._sign
    sdk._sign = lambda s: (seen.append(s), orig(s))[1]
    body = sdk.sign_data(dict(used)); sdk._sign = orig
    sig = dict(parse_qsl(body, keep_blank_values=True))['sign']
    assert rsa_ok(seen[0].encode(), sig, app)
    cases.append(dict(name=name, kind='request', note=note, params=params, string_to_sign=seen[0], sign=sig))
    return used

J = lambda o: json.dumps(o, ensure_ascii=False, separators=(',', ':'))
NU = 'https://shop.example.com/pay/notify/alipay'
reqs = [
 req('request_plain_ascii', J(dict(out_trade_no='ORD20250102000001', total_amount='0.01', subject='VIP')), notify_url=NU),
 req('request_chinese', J(dict(out_trade_no='ORD20250102000002', total_amount='88.88', subject='一年期会员套餐（专业版）')), notify_url=NU),
 req('request_space_plus_amp_eq', J(dict(out_trade_no='ORD20250102000003', total_amount='9.90', subject='a b+c&d=e%20f"g\\h')), notify_url=NU + '?a=1&b=x y+z'),
 req('request_emoji', J(dict(out_trade_no='ORD20250102000004', total_amount='1.00', subject='🎉会员👨‍👩‍👧')), notify_url=NU),
 req('request_ascii_escaped_chinese', json.dumps(dict(out_trade_no='ORD20250102000005', total_amount='1.00', subject='会员')), 'biz_content holds \\uXXXX escapes: signed as sent', notify_url=NU),
 req('request_empty_values', J(dict(out_trade_no='ORD20250102000006', total_amount='1.00', subject='x', body='')), 'empty common parameters are neither signed nor sent; an empty string inside biz_content stays', notify_url='', app_auth_token=''),
 req('request_query', J(dict(out_trade_no='ORD20250102000001')), method='alipay.trade.query'),
 req('request_timeout_express', J(dict(out_trade_no='ORD20250102000007', total_amount='100000000.00', subject='x', timeout_express='30m')), notify_url=NU),
]
for u, c, (s, g) in zip(reqs, cases, official([['sign', u] for u in reqs])):
    assert s == c['string_to_sign'] and g == c['sign'], c['name']       # two SDKs agree byte for byte

# ---------------------------------------------------------------- alipay: responses
PRE, QRY = 'alipay_trade_precreate_response', 'alipay_trade_query_response'
def resp(name, node_name, src, body=None, ok=True, note='', sig=None, **more):
    """src: the exact text that was signed. body: '{S}' = src, '{G}' = signature; default is the usual shape."""
    sig = rsa_sign(ali, src.encode()) if sig is None else sig
    body = (body or '{"%s":{S},"sign":"{G}"}' % node_name).replace('{S}', src).replace('{G}', sig)
    cases.append(dict(name=name, kind='response', note=note, method=(PRE if PRE in body else QRY)[:-9].replace('_', '.') if node_name == 'error_response' else node_name[:-9].replace('_', '.'),
                      node=node_name, body=body, signed_text=src if ok else None, verifies=ok, **more))

pre = r'{"code":"10000","msg":"Success","out_trade_no":"ORD20250102000001","qr_code":"https:\/\/qr.alipay.com\/bax03431ljhokirwl38f00a7"}'
qry = '{"code":"10000","msg":"Success","buyer_logon_id":"159****5620","buyer_pay_amount":"88.88","buyer_user_id":"2088101117955611","fund_bill_list":[{"amount":"88.88","fund_channel":"ALIPAYACCOUNT"}],"invoice_amount":"88.88","out_trade_no":"ORD20250102000002","point_amount":"0.00","receipt_amount":"88.88","send_pay_date":"2025-01-02 03:05:10","total_amount":"88.88","trade_no":"2025010222001455611438292951","trade_status":"%s"}'
paid = qry % 'TRADE_SUCCESS'
resp('response_precreate_escaped_slashes', PRE, pre, note=r'qr_code with \/ : verify over the raw text, with the backslashes')
resp('response_precreate_plain_slashes', PRE, pre.replace('\\/', '/'))
resp('response_spaces_between_tokens', PRE, '{ "code" : "10000" ,\n "msg" : "Success", "out_trade_no" : "ORD20250102000001", "qr_code" : "https://qr.alipay.com/bax" }',
     '{ "%s" : {S} , "sign" : "{G}" }' % PRE, note='white space inside the node is signed, outside not')
resp('response_query_paid', QRY, paid)
for st in ('WAIT_BUYER_PAY', 'TRADE_CLOSED', 'TRADE_FINISHED'):
    resp('response_query_' + st.lower(), QRY, qry % st, note={'TRADE_CLOSED': 'timeout without payment OR fully refunded: not to be told apart by the status'}.get(st, ''))
resp('response_braces_and_quotes_in_strings', QRY, r'{"code":"10000","msg":"Success","subject":"a{b}\"},\"sign\":\"ZmFrZQ==\"\\","ext":{"x":[{"y":"}"}]},"out_trade_no":"ORD20250102000002","trade_status":"TRADE_SUCCESS","total_amount":"88.88"}',
     note='braces, quotes, a fake sign and a trailing backslash inside a string; nested objects')
resp('response_unbalanced_braces_in_string', QRY, r'{"code":"10000","msg":"Success","body":"}}}{","out_trade_no":"ORD20250102000002","trade_status":"TRADE_SUCCESS","total_amount":"88.88"}', note='a brace counter that ignores strings cuts wrongly')
resp('response_chinese_and_emoji', QRY, '{"code":"10000","msg":"Success","subject":"会员🎉","out_trade_no":"ORD20250102000002","trade_status":"TRADE_SUCCESS","total_amount":"88.88"}')
resp('response_unicode_escapes', QRY, r'{"code":"10000","msg":"Success","subject":"\u4f1a\u5458","out_trade_no":"ORD20250102000002","trade_status":"TRADE_SUCCESS","total_amount":"88.88"}')
resp('response_sign_before_node', QRY, paid, '{"sign":"{G}","%s":{S}}' % QRY)
CERT = '"alipay_cert_sn":"a5b59edf65dcda9ca26e071ab6f5a0a7"'
resp('response_with_alipay_cert_sn', PRE, pre, '{"%s":{S},%s,"sign":"{G}"}' % (PRE, CERT))
resp('response_trade_not_exist', QRY, '{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST","sub_msg":"交易不存在","buyer_pay_amount":"0.00","invoice_amount":"0.00","out_trade_no":"ORD20250102000009","point_amount":"0.00","receipt_amount":"0.00"}')
err = '{"msg":"Invalid Arguments","code":"40002","sub_msg":"无效签名","sub_code":"isv.invalid-signature"}'
resp('response_error_response_signed', 'error_response', err, '{"error_response":{S},"sign":"{G}"}')
resp('response_error_response_with_cert_sn', 'error_response', err, '{"error_response":{S},%s,"sign":"{G}"}' % CERT)
resp('response_node_error_unsigned', PRE, err, '{"%s":{S}}' % PRE, False, 'gateway errors come without a sign: an error, never a success')
resp('response_success_unsigned', QRY, paid, '{"%s":{S}}' % QRY, False, 'a success without sign must be refused')
resp('response_success_empty_sign', QRY, paid, '{"%s":{S},"sign":""}' % QRY, False)
resp('response_other_order', QRY, paid.replace('ORD20250102000002', 'ORD20250102999999'), note='signature is good; the caller must compare out_trade_no with the one it asked for')
g = rsa_sign(ali, paid.encode())
resp('response_tampered_amount', QRY, paid.replace('88.88', '99.88'), ok=False, sig=g)
resp('response_tampered_status', QRY, qry % 'TRADE_SUCCESS', ok=False, sig=rsa_sign(ali, (qry % 'WAIT_BUYER_PAY').encode()))
resp('response_tampered_qr_code', PRE, pre.replace('bax03431', 'evil0000'), ok=False, sig=rsa_sign(ali, pre.encode()))
resp('response_slashes_unescaped_after_signing', PRE, pre.replace('\\/', '/'), ok=False, sig=rsa_sign(ali, pre.encode()), note='signed with \\/ but sent with / : the strict rule refuses. Alipay\'s document advises to escape once and retry; see verifies_with_slash_retry', verifies_with_slash_retry=True)
resp('response_slashes_escaped_after_signing', PRE, pre, ok=False, sig=rsa_sign(ali, pre.replace('\\/', '/').encode()), note='signed with / but sent with \\/ : the PHP SDK retries with the backslashes removed', verifies_with_slash_retry=True)
resp('response_signed_by_app_key', QRY, paid, ok=False, sig=rsa_sign(app, paid.encode()), note='signed with the merchant key')
resp('response_sha1_signature', QRY, paid, ok=False, sig=rsa_sign(ali, paid.encode(), hashes.SHA1), note='RSA (SHA-1) instead of RSA2')
resp('response_sign_truncated', QRY, paid, ok=False, sig=g[:-8])
resp('response_sign_not_base64', QRY, paid, ok=False, sig='*not base64*')
forged = paid.replace('ORD20250102000002', 'ORD20250102777777')
resp('response_duplicate_node_forged_last', QRY, paid, '{"%s":{S},"%s":%s,"sign":"{G}"}' % (QRY, QRY, forged), False, 'genuine node first, forged one last: most JSON parsers keep the last. Refuse (Java SDK does)', sig=g)
resp('response_duplicate_node_forged_first', QRY, paid, '{"%s":%s,"%s":{S},"sign":"{G}"}' % (QRY, forged, QRY), False, 'refuse duplicates', sig=g)
resp('response_node_hidden_in_other_object', QRY, paid, '{"x":{"%s":{S}},"%s":%s,"sign":"{G}"}' % (QRY, QRY, forged), False, 'finding the node by substring verifies the nested genuine one, JSON then reads the forged one', sig=g)
resp('response_node_name_in_string', QRY, paid, '{"x":"%s","%s":{S},"sign":"{G}"}' % (QRY, QRY), note='the node name also stands inside an earlier string; a top-level scan finds the right node', sig=g)
resp('response_forged_node_beside_genuine_error', QRY, err, '{"%s":%s,"error_response":{S},"sign":"{G}"}' % (QRY, forged), False, 'signature belongs to error_response')
resp('response_resealed_json', QRY, paid, ok=False, body='{"%s":%s,"sign":"{G}"}' % (QRY, json.dumps(json.loads(paid), ensure_ascii=False)), sig=g, note='node re-serialised: raw text differs')

R = [c for c in cases if c['kind'] == 'response']
# the official SDK's string-aware brace walker cuts every well formed single-node body at the end of signed_text
ends = official([['cut', [c['body'], c['body'].index(c['signed_text'])]] for c in R if c['verifies']])
for c, e in zip([c for c in R if c['verifies']], ends):
    b = c['body'].index(c['signed_text']); assert c['body'][b:e] == c['signed_text'], c['name']
def py(c):
    try: sdk._verify_and_return_sync_response(c['body'], c['node']); return 'accepts'
    except Exception: return 'rejects'
for c, o, n in zip(R, official([['parse', c['body']] for c in R]), node([['resp', dict(body=c['body'], node=c['node'])] for c in R])):
    c['sdks'] = {'python-alipay-sdk': py(c), 'alipay-sdk-python': o, 'alipay-sdk (npm)': n}

# ---------------------------------------------------------------- alipay: notifications
base = dict(charset='utf-8', subject='一年期会员', notify_id='2025010200222030510055611438292951', notify_type='trade_status_sync',
            trade_status='TRADE_SUCCESS', receipt_amount='88.88', app_id=APP_ID, seller_id='2088001159940003', gmt_payment='2025-01-02 03:05:10',
            notify_time='2025-01-02 03:05:11', version='1.0', out_trade_no='ORD20250102000002', total_amount='88.88', trade_no='2025010222001455611438292951')
def content(d, keep_sign_type=False):
    return '&'.join(f'{k}={v}' for k, v in sorted(d.items()) if k != 'sign' and (keep_sign_type or k != 'sign_type') and v != '')
def enc(d, cs='utf-8', lower=False, raw_plus=False):
    q = '&'.join(f'{k}=' + quote_plus(v.encode(cs)) for k, v in d.items())
    if lower:
        import re; q = re.sub('%[0-9A-F]{2}', lambda m: m[0].lower(), q)
    if raw_plus: h, s = q.rsplit('sign=', 1); q = h + 'sign=' + s.replace('%2B', '+').replace('%2F', '/').replace('%3D', '=')
    return q
def note_(name, over=None, ok=True, note='', cs='utf-8', drop=(), sig=None, sign_over=None, keep_sign_type=False, body=None, after=None, py_sdk=True, **kw):
    d = {**base, 'sign_type': 'RSA2', **(over or {})}
    for k in drop: d.pop(k)
    src = content({**d, **(sign_over or {})}, keep_sign_type).encode(cs)
    d['sign'] = rsa_sign(ali, src) if sig is None else sig
    d.update(after or {})
    raw = body(d) if body else enc(d, cs, **kw)
    c = dict(name=name, kind='notification', note=note, charset=cs, body=raw,
             string_to_sign=content(d) if ok and name in ('notify_paid', 'notify_special_characters', 'notify_gbk', 'notify_gb18030_four_byte', 'notify_empty_field', 'notify_partial_refund') else None, string_to_sign_base64=b64(src) if ok and cs != 'utf-8' else None, verifies=ok)
    for k in ('string_to_sign', 'string_to_sign_base64'):
        if c[k] is None: del c[k]
    if ok: assert rsa_ok(src, d['sign'])
    c['_d'], c['_src'] = d, content(d).encode(cs, 'replace')
    cases.append(c)

note_('notify_paid', dict(gmt_create='2025-01-02 03:04:30', seller_email='seller@example.com', buyer_id='2088101117955611', invoice_amount='88.88', fund_bill_list='[{"amount":"88.88","fundChannel":"ALIPAYACCOUNT"}]', buyer_pay_amount='88.88', auth_app_id=APP_ID, buyer_logon_id='159****5620', point_amount='0.00'))
note_('notify_special_characters', dict(subject='a b+c&d=e%20"引号"', body='x=1&y=2+3', passback_params='merchantBizType%3d3C%26id%3d1'), note='values are signed after ONE form decoding; passback_params stays encoded')
note_('notify_emoji', dict(subject='会员🎉'))
note_('notify_lower_case_percent', lower=True)
note_('notify_shuffled_order', dict(reversed(list(base.items()))), body=lambda d: enc(dict(sorted(d.items(), key=lambda kv: hashlib.md5(kv[0].encode()).digest()))))
note_('notify_gbk', dict(charset='GBK', subject='一年期会员'), cs='gbk', note='charset=GBK: percent-decode to bytes, sign over the GBK bytes')
note_('notify_gb18030_four_byte', dict(charset='gb18030', subject='㐀𠮷会员'), cs='gb18030', note='characters that take four bytes')
note_('notify_empty_field', dict(body=''), note='an empty field is left out of the string to sign (Java SDK rule). Not seen from the provider')
note_('notify_unknown_extra_field', dict(new_field_2030='abc'), note='unknown fields take part in the signature')
note_('notify_zero_refund_fee', dict(refund_fee='0.00'), note='a paid order: refund_fee present but 0')
note_('notify_partial_refund', dict(refund_fee='3.00', gmt_refund='2025-01-03 10:00:00.123', out_biz_no='RF0001'), note='status stays TRADE_SUCCESS. Not a payment: must not credit again')
note_('notify_full_refund', dict(trade_status='TRADE_CLOSED', refund_fee='88.88', gmt_refund='2025-01-03 10:00:00.123', gmt_close='2025-01-03 10:00:00', out_biz_no='RF0001'))
note_('notify_closed_by_timeout', dict(trade_status='TRADE_CLOSED', gmt_close='2025-01-02 06:04:30'), drop=('gmt_payment',))
note_('notify_finished', dict(trade_status='TRADE_FINISHED'))
note_('notify_wait_buyer_pay', dict(trade_status='WAIT_BUYER_PAY'), drop=('gmt_payment', 'receipt_amount'))
note_('notify_other_app_id', dict(app_id='2021000000009999'), note='good signature, foreign app_id: refuse')
note_('notify_other_seller', dict(seller_id='2088999999999999'), note='good signature, foreign seller_id: refuse when a seller_id is configured')
note_('notify_amount_differs', dict(total_amount='0.01', receipt_amount='0.01'), note='good signature, amount is not the order\'s: refuse')
note_('notify_discounted_receipt', dict(receipt_amount='80.00'), note='total_amount is the order amount; receipt_amount may be lower through discounts')
note_('notify_tampered_amount', ok=False, after=dict(total_amount='8888.00'))
note_('notify_tampered_order', ok=False, after=dict(out_trade_no='ORD20250102777777'))
note_('notify_field_added', ok=False, after=dict(passback_params='x'))
note_('notify_field_removed', ok=False, body=lambda d: enc({k: v for k, v in d.items() if k != 'seller_id'}))
note_('notify_no_sign', ok=False, body=lambda d: enc({k: v for k, v in d.items() if k != 'sign'}))
note_('notify_empty_sign', ok=False, sig='')
note_('notify_sign_not_base64', ok=False, sig='%%%%')
note_('notify_signed_by_app_key', ok=False, sig=rsa_sign(app, content(base).encode()))
note_('notify_sha1_downgrade', dict(sign_type='RSA'), ok=False, sig=rsa_sign(ali, content(base).encode(), hashes.SHA1), note='sign_type=RSA with a good SHA-1 signature: refuse unless RSA is configured')
note_('notify_sign_type_included', ok=False, keep_sign_type=True, note='rsaCheckV2 style (sign_type signed): not how trade notifications are signed')
note_('notify_raw_plus_in_sign', ok=False, raw_plus=True, note='base64 plus signs not percent-encoded: they decode to spaces')
note_('notify_charset_changed', ok=False, after=dict(charset='GBK'))
note_('notify_duplicate_field', ok=False, body=lambda d: 'total_amount=0.01&' + enc(d), note='the good signature covers the last value; a first-wins reader sees 0.01. Refuse duplicates')
N = [c for c in cases if c['kind'] == 'notification']
def py_n(c):
    if c['charset'] != 'utf-8': return 'n/a (utf-8 only)'
    d = dict(parse_qsl(c['body'], keep_blank_values=True, strict_parsing=False)); s = d.pop('sign', '')
    d = {k: v for k, v in d.items() if v != ''}
    try: return 'accepts' if sdk.verify(d, s) else 'rejects'
    except Exception: return 'rejects'
offs = official([['verify', [b64(content(dict(parse_qsl(c['body'], keep_blank_values=True, encoding=c['charset']))).encode(c['charset'])), dict(parse_qsl(c['body'], keep_blank_values=True, encoding=c['charset'])).get('sign', '')]] for c in N])
nod = node([['notify', {k: v for k, v in parse_qsl(c['body'], keep_blank_values=True, encoding=c['charset']) if v}] for c in N])
for c, o, n in zip(N, offs, nod):
    c['sdks'] = {'python-alipay-sdk': py_n(c), 'alipay-sdk-python': 'accepts' if o is True else 'rejects', 'alipay-sdk (npm)': n if c['charset'] == 'utf-8' else 'n/a (utf-8 only)'}
    c.pop('_d'); c.pop('_src')
    if c['verifies']: assert c['sdks']['alipay-sdk-python'] == 'accepts' and c['sdks']['python-alipay-sdk'] != 'rejects', c
def dump(fn, made, extra, cs):
    for c in cs:
        if not c.get('note'): c.pop('note', None)
    names = [c['name'] for c in cs]; assert len(set(names)) == len(names)
    with open(os.path.join(HERE, fn), 'w', encoding='utf-8') as f:
        head = json.dumps({'made_with': made, **extra}, ensure_ascii=False, indent=1)[:-2]
        f.write(head + ',\n "cases": [\n' + ',\n'.join('  ' + json.dumps(c, ensure_ascii=False) for c in cs) + '\n ]\n}\n')
for c in cases:                                  # keep 'sdks' only where an SDK does not do what the case asks for
    if 'sdks' in c and all(v.startswith('accepts' if c['verifies'] else 'rejects') or v.startswith('n/a') for v in c['sdks'].values()): del c['sdks']
made = f'requests signed by python-alipay-sdk {version("python-alipay-sdk")} (equal to alipay-sdk-python {WHEEL_VER}); responses and notifications signed by cryptography {version("cryptography")}, checked with both and alipay-sdk {NODE_VER} (npm)'
dump('alipay.json', made, dict(note='throwaway test keys', app_id=APP_ID, keys=dict(app_private_pkcs8=APP_PKCS8, app_private_pkcs1=APP_PKCS1, app_public_spki=APP_SPKI, alipay_public_spki=ALI_SPKI)), [c for c in cases if c['kind'] != 'notification'])
dump('alipay_notifications.json', made, dict(note='throwaway test keys; alipay_private_pkcs8 signs as the provider would', app_id=APP_ID, seller_id=base['seller_id'], keys=dict(alipay_public_spki=ALI_SPKI, alipay_private_pkcs8=ALI_PKCS8)), N)

# ================================================================ MD5 ones
md5 = lambda s: hashlib.md5(s.encode('utf-8')).hexdigest()
form = lambda d: '&'.join(f'{k}=' + quote_plus(v) for k, v in d.items())

# ---------------------------------------------------------------- epay
EK, EP = 'k9Xw2mQ7tR4vB8nZ', '1001'
ec = EPayClient(EPayConfig(base_url='https://pay.example.com', pid=EP, key=EK))
def epay_src(d): return '&'.join(f'{k}={v}' for k, v in sorted(d.items()) if k not in ('sign', 'sign_type') and v != '')
E = []
def e(name, kind, d, ok=True, note='', key=EK, sig=None, after=None, raw=None, sdk_same=True):
    d = dict(d); src = epay_src(d)
    s = md5(src + key) if sig is None else sig
    d['sign'] = s; d.setdefault('sign_type', 'MD5'); d.update(after or {})
    if sdk_same and ok and key == EK: assert ec.sign(d) == s and ec.verify_sign(d), name
    if not ok: assert not (ec.verify_sign(d) if raw is None else False), name
    c = dict(name=name, kind=kind, note=note, params=d)
    if kind == 'request': c.update(string_to_sign=src, sign=s, body=form(d))
    else:
        c.update(query=raw(d) if raw else form(d), string_to_sign=src if ok else None, sign=s, verifies=ok)
    E.append(c)
er = dict(pid=EP, type='alipay', out_trade_no='ORD20250102000001', notify_url='https://shop.example.com/n', return_url='https://shop.example.com/r', name='VIP', money='88.88', clientip='203.0.113.9', device='pc', param='')
e('request_plain', 'request', er, note='param is empty: not signed (may be sent or left out)')
e('request_chinese', 'request', {**er, 'name': '一年期会员（专业版）'})
e('request_amp_eq_plus_space', 'request', {**er, 'name': 'a b+c&d=e%20f', 'notify_url': 'https://shop.example.com/n?a=1&b=2'})
e('request_emoji', 'request', {**er, 'name': '🎉会员'})
e('request_value_zero', 'request', {**er, 'param': '0'}, note='"0" is not empty: signed')
e('request_ipv6_mobile', 'request', {**er, 'clientip': '2001:db8::1', 'device': 'mobile'})
e('request_edge_spaces', 'request', {**er, 'name': ' VIP '}, sdk_same=False, note='signed as it is (PHP platform). epay-sdk strips values and would differ: better not to send edge spaces')
en = dict(pid=EP, trade_no='2025010203041512345', out_trade_no='ORD20250102000001', type='alipay', name='VIP', money='88.88', trade_status='TRADE_SUCCESS')
e('notify_plain', 'notification', en)
e('notify_money_without_zeros', 'notification', {**en, 'money': '1'}, note='order of 1.00: the platform casts to float, so "1", "1.5" come instead of "1.00", "1.50"')
e('notify_money_one_decimal', 'notification', {**en, 'money': '1.5'})
e('notify_name_replaced', 'notification', {**en, 'name': 'product'}, note='platform setting notifyordername: name is not the one that was sent. Do not compare it')
e('notify_chinese_param', 'notification', {**en, 'name': '一年期会员', 'param': '备注 &=+'})
e('notify_empty_param', 'notification', {**en, 'param': ''})
e('notify_unknown_extra_field', 'notification', {**en, 'api_trade_no': '4200001', 'buyer': 'o_x'})
e('notify_status_not_success', 'notification', {**en, 'trade_status': 'TRADE_CLOSED'}, note='good signature, not paid')
e('notify_no_sign_type', 'notification', en, raw=lambda d: form({k: v for k, v in d.items() if k != 'sign_type'}))
e('notify_other_pid', 'notification', {**en, 'pid': '1002'}, note='good signature with our key, foreign pid: refuse')
e('notify_amount_differs', 'notification', {**en, 'money': '0.01'}, note='good signature, wrong amount: refuse')
rs = {**en, 'name': 'x&out_trade_no=ORD20250102777777&param=', 'out_trade_no': 'ORD20250102000001'}
e('notify_resplit_genuine', 'notification', rs, note='an order whose name a buyer could choose')
e('notify_resplit_forged', 'notification', {**en, 'name': 'x', 'out_trade_no': 'ORD20250102777777', 'param': '&out_trade_no=ORD20250102000001'}, note='the SAME string to sign and sign as notify_resplit_genuine, read as another order. The signature cannot tell: never let users put & or = into name / param; a trade_no settles only one order; refuse a param that is not what was sent')
assert E[-1]['sign'] == E[-2]['sign']
e('notify_tampered_money', 'notification', en, False, after=dict(money='888.88'))
e('notify_tampered_order', 'notification', en, False, after=dict(out_trade_no='ORD20250102777777'))
e('notify_tampered_status', 'notification', {**en, 'trade_status': 'WAIT'}, False, after=dict(trade_status='TRADE_SUCCESS'))
e('notify_empty_key', 'notification', en, False, key='', note='signed with an empty key: refused unless an empty key is configured, which must be impossible')
e('notify_key_with_key_equals', 'notification', en, False, sig=md5(epay_src(en) + '&key=' + EK), note='the &key= form belongs to PAYJS')
e('notify_other_key', 'notification', en, False, key='other-merchant-key')
e('notify_empty_sign', 'notification', en, False, sig='')
e('notify_sign_array', 'notification', en, False, sig='0', note='loose comparison traps')
e('notify_duplicate_money', 'notification', en, False, raw=lambda d: 'money=0.01&' + form(d), note='refuse duplicated fields')
def ans(L, name, body, note='', **k): L.append(dict(name=name, kind='answer', note=note, body=body, **k))
ans(E, 'answer_payurl', '{"code":1,"trade_no":"2025010203041512345","payurl":"https:\\/\\/pay.example.com\\/pay\\/submit\\/2025010203041512345\\/"}', 'no msg on success', success=True)
ans(E, 'answer_qrcode', '{"code":1,"msg":"success","trade_no":"2025010203041512345","qrcode":"weixin:\\/\\/wxpay\\/bizpayurl?pr=04IPMKM"}', success=True)
ans(E, 'answer_urlscheme', '{"code":1,"trade_no":"2025010203041512345","urlscheme":"weixin:\\/\\/dl\\/business\\/?ticket=xxx"}', success=True)
ans(E, 'answer_string_code_all_fields', '{"code":"1","msg":"success","trade_no":"20250102","O_id":"123","payurl":"https://zpay.example/p","payurl2":"https://zpay.example/p2","qrcode":"https://qr.alipay.com/bax","img":"https://zpay.example/q.jpg"}', 'z-pay flavour', success=True)
ans(E, 'answer_error_negative', '{"code":-3,"msg":"签名校验失败"}', success=False)
ans(E, 'answer_error_with_trade_no', '{"code":-2,"trade_no":"2025010203041512345","msg":"创建支付失败"}', success=False)
ans(E, 'answer_error_word', '{"code":"error","msg":"具体的错误信息"}', success=False)
ans(E, 'answer_code_true', '{"code":true,"payurl":"https://evil.example"}', 'neither 1 nor "1"', success=False)
oq = '{"code":%s,"msg":"succ","trade_no":"2025010203041512345","out_trade_no":"ORD20250102000001","api_trade_no":"4200001","type":"alipay","pid":%s,"addtime":"2025-01-02 03:04:15","endtime":%s,"name":"VIP","money":"88.88","param":null,"buyer":null,"status":%s,"payurl":null}'
ans(E, 'order_paid', oq % ('1', '"1001"', '"2025-01-02 03:05:10"', '"1"'), 'numbers come as strings from PDO', paid=True, state='paid')
ans(E, 'order_paid_numbers', oq % ('1', '1001', '"2025-01-02 03:05:10"', '1'), paid=True, state='paid')
ans(E, 'order_string_code', oq % ('"1"', '"1001"', '"2025-01-02 03:04:15"', '"0"'), 'endtime may equal addtime on an unpaid order', paid=False, state='unpaid')
ans(E, 'order_unpaid', oq % ('1', '1001', 'null', '0'), paid=False, state='unpaid')
ans(E, 'order_refunded', oq % ('1', '1001', '"2025-01-02 03:05:10"', '2'), 'status 2 is refunded (also after a PARTIAL refund); not paid and not > 0 = paid', paid=False, state='refunded')
ans(E, 'order_status_3', oq % ('1', '1001', '"2025-01-02 03:05:10"', '3'), 'frozen', paid=False, state='other')
ans(E, 'order_not_found', '{"code":-1,"msg":"订单号不存在"}', paid=False, state='not_found')
ans(E, 'order_wrong_key', '{"code":-3,"msg":"商户密钥错误"}', paid=False, state='error')
dump('epay.json', f'Python hashlib; every accepted sign is equal to epay-sdk {version("epay-sdk")} (PyPI) but where the note says so', dict(pid=EP, key=EK), E)

# ---------------------------------------------------------------- payjs
PK, PM = 'T3stK3yPayjs0001', '1530000001'
def pj_src(d, drop0=False): return '&'.join(f'{k}={v}' for k, v in sorted(d.items()) if k != 'sign' and v is not None and v != '' and not (drop0 and str(v) == '0'))
P = []
def p(name, kind, d, ok=True, note='', key=PK, sig=None, after=None, drop0=False, raw_json=None, sdk_same=True):
    d = dict(d); src = pj_src(d, drop0)
    s = md5(src + '&key=' + key).upper() if sig is None else sig
    if sdk_same and ok: assert payjs_sign(key, d) == s, name
    d['sign'] = s; d.update(after or {})
    if not ok: assert payjs_sign(PK, d) != d['sign'] or key == '', name
    c = dict(name=name, kind=kind, note=note, params=d)
    if kind == 'request': c.update(string_to_sign=src, sign=s, body=form({k: str(v) for k, v in d.items()}))
    elif kind == 'notification': c.update(body=form({k: str(v) for k, v in d.items()}), string_to_sign=src if ok else None, sign=s, verifies=ok)
    else: c.pop('params'); c.update(body=(raw_json or (lambda x: json.dumps(x, ensure_ascii=False).replace('/', '\\/')))(d), string_to_sign=src if ok else None, sign=s, verifies=ok)
    P.append(c)
pr = dict(mchid=PM, total_fee=8888, out_trade_no='ORD20250102000001', body='VIP', notify_url='https://shop.example.com/n', attach='')
p('request_native_wechat', 'request', pr, note='attach is empty: not signed')
p('request_native_alipay', 'request', {**pr, 'type': 'alipay'})
p('request_chinese', 'request', {**pr, 'body': '一年期会员（专业版）', 'attach': '备注'})
p('request_amp_eq_plus_space', 'request', {**pr, 'body': 'a b+c&d=e%20f'})
p('request_emoji', 'request', {**pr, 'body': '🎉会员'})
p('request_check', 'request', dict(payjs_order_id='2025010203041500812345678'), note='without mchid (Go and Python SDK)')
p('request_check_with_mchid', 'request', dict(mchid=PM, payjs_order_id='2025010203041500812345678'), note='with mchid (official PHP SDK signs it everywhere)')
pa = dict(return_code=1, return_msg='SUCCESS', payjs_order_id='2025010203041500812345678', out_trade_no='ORD20250102000001', total_fee='8888', qrcode='https://payjs.cn/qrcode/weixin?d=abc%3D', code_url='weixin://wxpay/bizpayurl?pr=04IPMKM')
p('answer_native', 'answer', pa, note='the JSON has \\/ ; the VALUES are signed, decoded')
p('answer_native_all_strings', 'answer', {**pa, 'return_code': '1'})
p('answer_native_all_numbers', 'answer', {**pa, 'total_fee': 8888})
p('answer_native_unicode_escaped', 'answer', {**pa, 'return_msg': '成功'}, raw_json=lambda d: json.dumps(d).replace('/', '\\/'))
p('answer_native_tampered_code_url', 'answer', pa, False, after=dict(code_url='weixin://wxpay/bizpayurl?pr=EVIL'))
p('answer_native_tampered_fee', 'answer', pa, False, after=dict(total_fee='1'))
p('answer_native_no_sign', 'answer', pa, False, raw_json=lambda d: json.dumps({k: v for k, v in d.items() if k != 'sign'}), sig='', note='success without sign: refuse')
p('answer_failed_unsigned', 'answer', dict(return_code=0, msg='签名错误'), False, sig='', raw_json=lambda d: '{"return_code":0,"msg":"签名错误"}', note='errors come without a sign; error text in msg or return_msg')
pc = dict(return_code=1, mchid=PM, out_trade_no='ORD20250102000001', payjs_order_id='2025010203041500812345678', transaction_id='4200000001', status=1, openid='o_x', total_fee=8888, paid_time='2025-01-02 03:05:10', attach='')
p('answer_check_paid', 'answer', pc)
p('answer_check_paid_null_attach', 'answer', {**pc, 'attach': None})
p('answer_check_paid_strings', 'answer', {**pc, 'return_code': '1', 'status': '1', 'total_fee': '8888'})
pu = {**pc, 'status': 0, 'transaction_id': '', 'openid': '', 'paid_time': ''}
p('answer_check_unpaid_zero_signed', 'answer', pu, note='status 0 signed (Python SDK rule)')
p('answer_check_unpaid_zero_dropped', 'answer', pu, drop0=True, sdk_same=False, note='status 0 dropped (array_filter of the official PHP SDK drops 0 and "0"). Which of the two the server does is not verified: accept both, unpaid is harmless')
p('answer_check_status_tampered', 'answer', pu, False, after=dict(status=1))
p('answer_check_other_order', 'answer', {**pc, 'out_trade_no': 'ORD20250102777777'}, note='good signature; compare order numbers')
pn = dict(return_code='1', total_fee='8888', out_trade_no='ORD20250102000001', payjs_order_id='2025010203041500812345678', transaction_id='4200000001', time_end='2025-01-02 03:05:10', openid='o_x', mchid=PM)
p('notify_plain', 'notification', pn)
p('notify_alipay', 'notification', {**pn, 'type': 'alipay'})
p('notify_empty_attach', 'notification', {**pn, 'attach': ''})
p('notify_chinese_attach', 'notification', {**pn, 'attach': '备注 a+b&c=d%20'})
p('notify_unknown_extra_field', 'notification', {**pn, 'new_field': 'x'})
p('notify_return_code_0', 'notification', {**pn, 'return_code': '0'}, note='good signature, not paid')
p('notify_other_mchid', 'notification', {**pn, 'mchid': '1530009999'}, note='good signature with our key, foreign mchid: refuse')
p('notify_amount_differs', 'notification', {**pn, 'total_fee': '1'}, note='good signature, 0.01: refuse')
p('notify_tampered_fee', 'notification', pn, False, after=dict(total_fee='888800'))
p('notify_tampered_order', 'notification', pn, False, after=dict(out_trade_no='ORD20250102777777'))
p('notify_empty_key', 'notification', pn, False, key='')
p('notify_key_without_prefix', 'notification', pn, False, sig=md5(pj_src(pn) + PK).upper(), note='key appended the epay way')
p('notify_other_key', 'notification', pn, False, key='OTHERKEY')
p('notify_empty_sign', 'notification', pn, False, sig='')
dump('payjs.json', f'payjs {version("payjs")} (PyPI) get_signature, equal to hashlib', dict(mchid=PM, key=PK), P)

# ---------------------------------------------------------------- xunhupay
XA, XS = '20250100001', 'x0ng8Secret4Tests0000000000000001'
def xs(d): return '&'.join(f'{k}={v}' for k, v in sorted(d.items()) if k != 'hash' and v is not None and v != '')
X = []
def x(name, kind, d, ok=True, note='', key=XS, sig=None, after=None, raw_json=None, src=None, **more):
    d = dict(d); src = xs(d) if src is None else src
    s = md5(src + key) if sig is None else sig
    d['hash'] = s; d.update(after or {})
    if not ok: assert md5(xs(d) + XS) != d['hash'], name
    c = dict(name=name, kind=kind, note=note, params=d)
    if kind == 'request': c.update(string_to_sign=src, hash=s, body=form({k: str(v) for k, v in d.items()}))
    elif kind == 'notification': c.update(body=form({k: str(v) for k, v in d.items()}), string_to_sign=src if ok else None, hash=s, verifies=ok)
    else: c.pop('params'); c.update(body=(raw_json or (lambda v: json.dumps(v, ensure_ascii=False).replace('/', '\\/')))(d), string_to_sign=src if ok else None, hash=s, verifies=ok)
    c.update(more); X.append(c)
xr = dict(version='1.1', appid=XA, trade_order_id='ORD20250102000001', total_fee='88.88', title='VIP', time='1735786800', notify_url='https://shop.example.com/n', return_url='https://shop.example.com/r', callback_url='', plugins='shop', attach='', nonce_str='0123456789abcdef')
x('request_plain', 'request', xr, note='empty callback_url and attach are not signed')
x('request_h5', 'request', {**xr, 'type': 'WAP', 'wap_url': 'https://shop.example.com', 'wap_name': '店铺'})
x('request_chinese', 'request', {**xr, 'title': '一年期会员（专业版）', 'attach': '备注'})
x('request_amp_eq_plus_space', 'request', {**xr, 'title': 'a b+c&d=e%20f'})
x('request_total_fee_integer', 'request', {**xr, 'total_fee': '88'})
x('request_backslash', 'request', {**xr, 'title': 'a\\b'}, src=xs({**xr, 'title': 'ab'}), note='the PHP reference strips slashes from values before hashing: do not send backslashes')
x('request_query', 'request', dict(appid=XA, out_trade_order='ORD20250102000001', time='1735786900', nonce_str='abcdef0123456789'), note='out_trade_order here, trade_order_id in do.html')
xa = dict(openid=20259876543, url_qrcode='https://api.xunhupay.com/payments/qrcode?id=1&t=2', url='https://api.xunhupay.com/payments/wechat/index?id=1&nonce_str=2&time=3', errcode=0, errmsg='success!')
x('answer_create', 'answer', xa, note='errcode 0 IS signed ("errcode=0"); openid is xunhu\'s order number')
x('answer_create_oderid', 'answer', {**{k: v for k, v in xa.items() if k != 'openid'}, 'oderid': 20259876543, 'errmsg': 'success!'}, note='older spelling, oderid')
x('answer_create_strings', 'answer', {**xa, 'errcode': '0', 'openid': '20259876543'})
x('answer_create_null_field', 'answer', {**xa, 'jsapi': None, 'url_scheme': ''})
x('answer_create_tampered_url', 'answer', xa, False, after=dict(url='https://evil.example/'))
x('answer_create_no_hash', 'answer', xa, False, sig='', raw_json=lambda d: json.dumps({k: v for k, v in d.items() if k != 'hash'}), note='success without hash: refuse')
x('answer_error', 'answer', dict(errcode=500, errmsg='error description'), note='documents show errors with a hash as well')
x('answer_error_no_hash', 'answer', dict(errcode=40029, errmsg='签名错误'), False, sig='', raw_json=lambda d: '{"errcode":40029,"errmsg":"签名错误"}')
xq = dict(open_order_id='20259876543', out_trade_order='ORD20250102000001', paid_date='2025-01-02 03:05:10', pay_url='weixin://wxpay/bizpayurl?pr=QpyXFy2zz', payment_method='two-wechat', status='OD', title='VIP', total_amount='88.88', transaction_id='4200001232202111037855405793')
def q(name, d, **k):
    paid = k.pop('paid'); state = k.pop('state'); note = k.pop('note', '')
    X.append(dict(name=name, kind='query_answer', note=note, body=json.dumps(dict(errcode=0, data=d, errmsg='', **k), ensure_ascii=False).replace('/', '\\/'), paid=paid, state=state))
q('query_paid_unhashed', xq, paid=True, state='paid', note='as seen live by public integrations (2021 and 2026): no hash. Compare out_trade_order and total_amount')
q('query_wait', {**xq, 'status': 'WP', 'paid_date': None, 'transaction_id': None}, paid=False, state='unpaid')
q('query_cancelled', {**xq, 'status': 'CD', 'transaction_id': None}, paid=False, state='closed', note='CD: cancelled here, but refunded in notifications')
q('query_other_order', {**xq, 'out_trade_order': 'ORD20250102777777'}, paid=False, state='error', note='another order: refuse')
q('query_status_only', dict(status='OD', open_order_id='20259876543'), paid=None, state='choice', note='old PHP sample promises only status. Nothing to compare order number and amount with: a strict reader treats it as unknown')
top = dict(errcode=0, errmsg='success!')
q('query_paid_hash_over_top_level', xq, paid=True, state='paid', hash=md5(xs({**top, 'errmsg': ''}) + XS), note='if a hash is there: variant 1, over the scalar top-level fields (not verified)')
q('query_paid_hash_over_flattened', xq, paid=True, state='paid', hash=md5(xs({**top, 'errmsg': '', **xq}) + XS), note='if a hash is there: variant 2, over top level and data flattened (not verified)')
q('query_paid_hash_wrong', xq, paid=False, state='error', hash='0' * 32, note='a hash that fits no variant: refuse')
X.append(dict(name='query_error', kind='query_answer', body='{"errcode":500,"errmsg":"订单不存在"}', paid=False, state='error'))
xn = dict(trade_order_id='ORD20250102000001', total_fee='88.88', transaction_id='4200001232202111037855405793', open_order_id='20259876543', order_title='VIP', status='OD', plugins='shop', attach='', appid=XA, time='1735787110', nonce_str='fedcba9876543210')
x('notify_paid', 'notification', xn)
x('notify_chinese', 'notification', {**xn, 'order_title': '一年期会员', 'attach': '备注 a+b&c=d'})
x('notify_unknown_extra_field', 'notification', {**xn, 'payment_method': 'wechat'})
for st, w in (('WP', 'not paid'), ('CD', 'refunded'), ('RD', 'refund under way'), ('UD', 'refund failed')):
    x('notify_status_' + st.lower(), 'notification', {**xn, 'status': st}, note=w + ': good signature, must not credit')
x('notify_amount_differs', 'notification', {**xn, 'total_fee': '0.01'}, note='good signature, wrong amount: refuse')
x('notify_amount_no_zeros', 'notification', {**xn, 'total_fee': '1'}, note='order of 1.00: compare numbers')
x('notify_other_appid', 'notification', {**xn, 'appid': '20250199999'}, note='good signature with our secret, foreign appid: refuse')
x('notify_tampered_fee', 'notification', xn, False, after=dict(total_fee='888.88'))
x('notify_tampered_order', 'notification', xn, False, after=dict(trade_order_id='ORD20250102777777'))
x('notify_tampered_status', 'notification', {**xn, 'status': 'WP'}, False, after=dict(status='OD'))
x('notify_empty_secret', 'notification', xn, False, key='')
x('notify_key_equals_form', 'notification', xn, False, sig=md5(xs(xn) + '&key=' + XS), note='the PAYJS form')
x('notify_other_secret', 'notification', xn, False, key='other')
x('notify_empty_hash', 'notification', xn, False, sig='')
dump('xunhupay.json', 'Python hashlib (no SDK of this provider is known on PyPI or npm); rule taken from the provider\'s PHP generate_xh_hash', dict(appid=XA, appsecret=XS), X)
for f in ('alipay', 'alipay_notifications', 'epay', 'payjs', 'xunhupay'):
    n = os.path.getsize(os.path.join(HERE, f + '.json')); d = json.load(open(os.path.join(HERE, f + '.json')))
    print(f, n, len(d['cases']))
