//! The address of a provider, from what an administrator pasted.

use domain::Provider;
use outbound::{AddressError, Endpoint, Loopback};

/// Where a provider is, if it is one and not many.
pub(super) const fn default_of(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::Alipay => Some("https://openapi.alipay.com/gateway.do"),
        Provider::Epay => None,
        Provider::PayJs => Some("https://payjs.cn"),
        Provider::Xunhupay => Some("https://api.xunhupay.com"),
    }
}

/// Routes that people copy along with the address.
const fn routes_of(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Alipay => &[],
        Provider::Epay => &["/mapi.php", "/submit.php", "/api.php"],
        Provider::PayJs => &["/api/native", "/api/check", "/api/cashier", "/api"],
        Provider::Xunhupay => &["/payment/do.html", "/payment/query.html", "/payment"],
    }
}

/// The address without its route and without slashes at its end; for Alipay, the whole address of the gateway.
pub(super) fn plain(provider: Provider, typed: &str, loopback: Loopback) -> Result<String, AddressError> {
    let endpoint = Endpoint::parse(typed, loopback)?;
    let mut address = endpoint.url().as_str().trim_end_matches('/');
    for route in routes_of(provider) {
        if let Some(base) = address.strip_suffix(route) {
            address = base.trim_end_matches('/');
            break;
        }
    }
    if provider == Provider::Alipay && endpoint.url().path() == "/" {
        return Ok(format!("{address}/gateway.do"));
    }
    Ok(address.to_owned())
}
