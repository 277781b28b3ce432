//! Memory of a mock that keeps the last messages of each channel only, after ten million of them.

use futures_util::future::try_join_all;

use crate::{
    Fallible,
    http::{self, Http},
    mock::Mock,
    process::on_one_thread,
    table::{Bound, Row, Table, Unit},
    usage,
};

const CHANNELS: usize = 1_000;
/// Messages posted to each.
const EACH: usize = 10_000;
/// Messages kept of each.
const RETAIN: &str = "1000";
/// Who posts, each to channels of its own.
const CONNECTIONS: usize = 8;

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let mock = Mock::start_with(&["--retain", RETAIN])?;
    on_one_thread(async {
        let clients = (0..CONNECTIONS).map(async |client| {
            let mut http = Http::connect(mock.address()).await?;
            for nth in (client..CHANNELS).step_by(CONNECTIONS) {
                let path = http::messages(http.open_channel(&format!("retain-{nth}")).await?);
                for _ in 0..EACH {
                    http.post(&path, http::MESSAGE).await?;
                }
            }
            Fallible::Ok(())
        });
        try_join_all(clients).await
    })?;
    table.add(Row {
        what: "memory of `flexload mock --retain 1000` after 10,000,000 messages in 1,000 channels",
        floor_is: "",
        unit: Unit::Mebibytes,
        ours: usage::rss_kib(mock.pid())? / 1024.0,
        floor: None,
        reach: Some(Bound::Is(512.0)),
        defect: None,
    });
    Ok(())
}
