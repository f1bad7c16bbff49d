//! Follows a broker: its topics are listed once a second, and each new one is subscribed
//! to with its last value first. The list is also how a broker that hangs is noticed.

mod topics;

use std::convert::Infallible;
use std::time::Duration;

use oriel_client::{Client, Event, How, Options, Subscription, Update};
use oriel_protocol::pubsub::{Topic, TopicEntry};
use oriel_runtime::backoff::Backoff;
use reqwest::StatusCode;
use tokio::time::sleep;

use super::fetch::Fetch;
use super::{Follower, Lost, MAX_MESSAGE, PATIENCE, Upstream};
use crate::clock;
use crate::store::Role;
use topics::Topics;

/// How soon a new topic is seen.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// Its topics; `None` if this is no broker.
pub(super) async fn topics(upstream: &Upstream, fetch: &Fetch) -> Result<Option<Vec<Topic>>, Lost> {
    let answer = fetch.get(upstream.http(&["ws", "v1", "pubsub", "topics"]), None).await?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(Lost("it wants another token, or one at all".to_owned())),
        _ => return Ok(None),
    }
    let listed: Option<Vec<TopicEntry>> = serde_json::from_str(&answer.body).ok();
    // Another broker may have names that ours would not; they cannot be subscribed to.
    Ok(listed.map(|listed| listed.into_iter().filter_map(|one| one.topic.parse().ok()).collect()))
}

/// Follows it until it is lost. Whatever is there then is asked anew what it is, so the
/// client is let go of with its connection.
pub(super) async fn follow(
    follower: &Follower,
    fetch: &Fetch,
    backoff: &mut Backoff,
) -> Result<Infallible, Lost> {
    let client = connect(follower)?;
    let mut events = client.events();
    while !is_connected(events.next().await)? {}
    let mut following = Following { follower, known: Topics::default(), updates: client.subscription() };
    let listed = topics(&follower.upstream, fetch).await?;
    following.apply(listed)?;
    follower.live(Role::Broker, backoff);
    loop {
        let listing = async {
            sleep(LIST_EVERY).await;
            topics(&follower.upstream, fetch).await
        };
        let mut listing = std::pin::pin!(listing);
        let listed = loop {
            tokio::select! {
                listed = &mut listing => break listed?,
                event = events.next() => drop(is_connected(event)?),
                update = following.updates.next() => following.heard(update)?,
            }
        };
        following.apply(listed)?;
    }
}

fn connect(follower: &Follower) -> Result<Client, Lost> {
    let options = Options {
        token: follower.token.clone(),
        trust: follower.trust.clone(),
        patience: PATIENCE,
        message_bytes: MAX_MESSAGE,
        ..Options::new(follower.upstream.socket().clone())
    };
    Client::connect(options).map_err(|error| Lost(error.to_string()))
}

/// Whether an event is that there is a connection.
fn is_connected(event: Option<Event>) -> Result<bool, Lost> {
    match event {
        Some(Event::Connected) => Ok(true),
        Some(Event::Refused(_) | Event::Missed(_)) => Ok(false),
        Some(Event::Lost(why)) => Err(Lost(why)),
        None => Err(ended()),
    }
}

fn ended() -> Lost {
    Lost("the client has ended".to_owned())
}

struct Following<'a> {
    follower: &'a Follower,
    known: Topics,
    updates: Subscription,
}

impl Following<'_> {
    /// Subscribes to what is new, and tells the store what there is.
    fn apply(&mut self, listed: Option<Vec<Topic>>) -> Result<(), Lost> {
        let listed = listed.ok_or_else(|| Lost("it no longer lists topics".to_owned()))?;
        let change = self.known.listed(&listed, clock::now());
        for topic in change.gone {
            self.updates.remove(&topic.into());
        }
        for topic in change.new {
            // A view that has not changed for long is wanted as well.
            let added = self.updates.add(&topic.into(), How::latest());
            added.map_err(|error| Lost(error.to_string()))?;
        }
        let Following { follower, known, .. } = self;
        follower.store.listed(follower.place, |target| known.has(target), clock::now());
        Ok(())
    }

    /// Shows an update, or lets go of its topic.
    fn heard(&mut self, update: Option<Update>) -> Result<(), Lost> {
        let Update { topic, data, .. } = update.ok_or_else(ended)?;
        let shown = self.follower.keep(topic.as_str(), &data);
        if self.known.published(&topic, shown, clock::now()) {
            self.updates.remove(&topic.into());
        }
        Ok(())
    }
}
