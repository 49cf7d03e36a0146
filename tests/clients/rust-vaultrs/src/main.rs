//! The steps through vaultrs.
//!
//! It has no calls for leases, and its lookup_self() wants the id and the
//! accessor of the token, which a proxy does not tell: these are asked for as
//! endpoints of our own, through its client and its middleware.

use std::collections::HashMap;
use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use rustify::endpoint::Endpoint;
use rustify::enums::{RequestMethod, RequestType, ResponseType};
use rustify::errors::ClientError;
use serde_json::{json, Value};
use vaultrs::api::{exec_with_empty, EndpointResult};
use vaultrs::client::{Client, VaultClient, VaultClientSettingsBuilder};
use vaultrs::transit::data as transit;
use vaultrs::{database, kv1, kv2};

type Outcome<T> = Result<T, Box<dyn Error>>;

const FOLDER: &str = "clients/rust-vaultrs";
const NAME: &str = "clients/rust-vaultrs/a";
const PLAIN: &str = "Zm91ciBzY29yZSBhbmQgc2V2ZW4=";

/// A path that vaultrs has no call for.
struct Ask {
    method: RequestMethod,
    path: &'static str,
    body: Option<Value>,
}

impl Endpoint for Ask {
    type Response = Value;
    const REQUEST_BODY_TYPE: RequestType = RequestType::JSON;
    const RESPONSE_BODY_TYPE: ResponseType = ResponseType::JSON;

    fn path(&self) -> String {
        self.path.to_string()
    }

    fn method(&self) -> RequestMethod {
        self.method.clone()
    }

    fn body(&self) -> Result<Option<Vec<u8>>, ClientError> {
        Ok(self.body.as_ref().map(|body| body.to_string().into_bytes()))
    }
}

/// The whole of an answer, its lease among it.
async fn get(
    client: &VaultClient,
    path: &'static str,
) -> Outcome<EndpointResult<Value>> {
    let ask = Ask { method: RequestMethod::GET, path, body: None };
    let answer = ask.with_middleware(client.middle());
    Ok(answer.exec(client.http()).await?.wrap()?)
}

fn check(step: &str, good: bool) -> Outcome<()> {
    if !good {
        return Err(format!("{step}: is not as it should be").into());
    }
    println!("{step} ok");
    Ok(())
}

/// Something else in each run.
fn color() -> Outcome<HashMap<&'static str, String>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(HashMap::from([("color", now.as_nanos().to_string())]))
}

async fn use_kv1(client: &VaultClient) -> Outcome<()> {
    let secret = color()?;
    kv1::set(client, "kv1", NAME, &secret).await?;
    check("kv1.write", true)?;
    let read: Value = kv1::get(client, "kv1", NAME).await?;
    check("kv1.read", read == json!(secret))?;
    let listed = kv1::list(client, "kv1", FOLDER).await?;
    check("kv1.list", listed.data.keys == ["a"])
}

async fn use_kv2(client: &VaultClient) -> Outcome<()> {
    let secret = color()?;
    let written = kv2::set(client, "secret", NAME, &secret).await?;
    check("kv2.write", written.version > 0)?;
    let read: Value = kv2::read(client, "secret", NAME).await?;
    check("kv2.read", read == json!(secret))?;
    let listed = kv2::list(client, "secret", FOLDER).await?;
    check("kv2.list", listed == ["a"])
}

async fn use_transit(client: &VaultClient) -> Outcome<()> {
    let sealed =
        transit::encrypt(client, "transit", "app", PLAIN, None).await?;
    let text = sealed.ciphertext;
    check("transit.encrypt", text.starts_with("vault:v1:"))?;
    let opened =
        transit::decrypt(client, "transit", "app", &text, None).await?;
    check("transit.decrypt", opened.plaintext == PLAIN)?;
    let signed =
        transit::sign(client, "transit", "signer", PLAIN, None).await?;
    check("transit.sign", signed.signature.starts_with("vault:v1:"))?;
    let mut seal =
        vaultrs::api::transit::requests::VerifySignedDataRequest::builder();
    seal.signature(signed.signature);
    let verdict =
        transit::verify(client, "transit", "signer", PLAIN, Some(&mut seal))
            .await?;
    check("transit.verify", verdict.valid)
}

async fn use_database(client: &VaultClient) -> Outcome<()> {
    let path = "database/creds/db-app";
    let first = database::role::creds(client, "database", "db-app").await?;
    let again = get(client, path).await?;
    let data = again.data.unwrap_or_default();
    check("database.read", data["username"] == first.username)?;
    let revocation = Ask {
        method: RequestMethod::PUT,
        path: "sys/leases/revoke",
        body: Some(json!({"lease_id": again.lease_id})),
    };
    exec_with_empty(client, revocation).await?;
    let second = database::role::creds(client, "database", "db-app").await?;
    check("database.revoke", second.username != first.username)?;
    println!("revoked {} {}", first.username, first.password);
    println!("living {} {}", second.username, second.password);
    Ok(())
}

async fn use_token(client: &VaultClient) -> Outcome<()> {
    let looked = get(client, "auth/token/lookup-self").await?;
    let data = looked.data.unwrap_or_default();
    let good = data["policies"] == json!(["app", "default"]);
    check("token.lookup_self", good && data.get("id").is_none())
}

async fn all_steps() -> Outcome<()> {
    let settings = VaultClientSettingsBuilder::default().token("").build()?;
    let client = VaultClient::new(settings)?;
    use_kv1(&client).await?;
    use_kv2(&client).await?;
    use_transit(&client).await?;
    use_database(&client).await?;
    use_token(&client).await
}

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(all_steps())
}
