//! What each metric is called, by OpenTelemetry and by Prometheus, and what it means.
//!
//! OpenTelemetry's own names are used where they mean the same: those of the process. `http.client.request.duration`
//! is not: a step is what a customer does, not a request.

/// One metric.
#[derive(Debug)]
pub(super) struct Metric {
    /// Its name for OpenTelemetry.
    pub(super) otel: &'static str,
    /// Its name for Prometheus.
    pub(super) prometheus: &'static str,
    /// Its unit, as UCUM writes it: `1` is a share, things are counted in braces.
    pub(super) unit: &'static str,
    /// What kind of value it has.
    pub(super) kind: Kind,
    /// What it means.
    pub(super) help: &'static str,
}

/// What kind of value a metric has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A count that only grows.
    Counter,
    /// How much there is of something that can be added up.
    Level,
    /// A value of this moment that cannot be added up.
    Gauge,
    /// Times.
    Histogram,
}

macro_rules! metrics {
    ($($id:ident $kind:ident $otel:literal $prometheus:literal $unit:literal, $help:literal;)+) => {
        $(pub(super) const $id: Metric =
            Metric { otel: $otel, prometheus: $prometheus, unit: $unit, kind: Kind::$kind, help: $help };)+

        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[Metric] = &[$($id),+];
    };
}

metrics! {
    INFO Gauge "flexload.run.info" "flexload_run_info" "", "The run; labels of the command line begin with label_.";
    ELAPSED Gauge "flexload.run.elapsed" "flexload_run_elapsed_seconds" "s", "Since the first customer could arrive.";
    STAGE Gauge "flexload.run.stage" "flexload_run_stage" "", "1 for what the run is doing now.";
    DUE Counter "flexload.customers.due" "flexload_customers_due_total" "{customer}", "Customers whose start was due.";
    STARTED Counter "flexload.customers.started" "flexload_customers_started_total" "{customer}", "Customers that were started.";
    FINISHED Counter "flexload.customers.finished" "flexload_customers_finished_total" "{customer}", "Customers whose iteration ended, however it ended.";
    COMPLETED Counter "flexload.customers.completed" "flexload_customers_completed_total" "{customer}", "Customers that walked through all their steps without an error.";
    DROPPED Counter "flexload.customers.dropped" "flexload_customers_dropped_total" "{customer}", "Customers that were due but found no slot free.";
    LATE_STARTS Counter "flexload.customers.late" "flexload_customers_late_total" "{customer}", "Customers that were started more than a second after they were due.";
    SENT Counter "flexload.messages.sent" "flexload_messages_sent_total" "{message}", "Messages sent, by customers and agents.";
    ACKNOWLEDGED Counter "flexload.messages.acknowledged" "flexload_messages_acknowledged_total" "{message}", "Messages the target acknowledged.";
    PUSHED Counter "flexload.messages.pushed" "flexload_messages_pushed_total" "{message}", "Messages seen by every member that was joined at the send.";
    REPLIED Counter "flexload.messages.replied" "flexload_messages_replied_total" "{message}", "Customers' messages that an agent answered.";
    RETRIES Counter "flexload.retries" "flexload_retries_total" "{attempt}", "Attempts beyond a step's first.";
    RECONNECTS Counter "flexload.reconnects" "flexload_reconnects_total" "{connection}", "Connections that were lost and made again.";
    ERRORS Counter "flexload.errors" "flexload_errors_total" "{error}", "Failures by step and kind, warm-up included; the generator's own are of class local.";
    STEP_ERRORS Counter "flexload.step.errors" "flexload_step_errors_total" "{error}", "Failures by step, of all kinds, warm-up included; without a step those outside of any. There from the start, so that a rate misses none.";
    CONNECTED Level "flexload.customers.connected" "flexload_customers_connected" "{customer}", "Customers logged in.";
    OPEN Level "flexload.chats.open" "flexload_chats_open" "{chat}", "Chats open.";
    WAITING Level "flexload.chats.waiting" "flexload_chats_waiting" "{chat}", "Chats waiting for an agent.";
    RESPONSE Histogram "flexload.step.response" "flexload_step_response_seconds" "s", "What the customer felt: ended - due. Failures are above every bound; in the sum they have the time until they were given up.";
    SERVICE Histogram "flexload.step.service" "flexload_step_service_seconds" "s", "What the target did: ended - began. Failures are above every bound and not in the sum.";
    LAG Histogram "flexload.step.lag" "flexload_step_lag_seconds" "s", "What the generator added: began - the moment it could have begun.";
    PART Histogram "flexload.part.duration" "flexload_part_duration_seconds" "s", "Parts of steps. What was given up is above every bound.";
    WAIT Histogram "flexload.wait.duration" "flexload_wait_duration_seconds" "s", "Waits of the whole run. What was given up is above every bound.";
    CPU Counter "process.cpu.time" "process_cpu_seconds_total" "s", "CPU of the whole process, an embedded mock included.";
    MEMORY Level "process.memory.usage" "process_resident_memory_bytes" "By", "Memory the process holds, an embedded mock included.";
    FILES Level "process.unix.file_descriptor.count" "process_open_fds" "{file_descriptor}", "Files the process has open.";
    BUSY Gauge "flexload.worker.busy" "flexload_worker_busy_ratio" "1", "The share of the last second in which a worker thread was busy.";
    LATE Gauge "flexload.worker.lag" "flexload_worker_lag_seconds" "s", "The latest beat of a worker's 10 ms heartbeat in the last second.";
    GENERATOR_CPU Gauge "flexload.generator.cpu" "flexload_generator_cpu_ratio" "1", "CPU of this process without an embedded mock, as a share of the CPUs it may use.";
    MOCK_CPU Gauge "flexload.mock.cpu" "flexload_mock_cpu_ratio" "1", "CPU of the embedded mock, as a share of the same CPUs.";
    STEAL Gauge "flexload.machine.steal" "flexload_machine_steal_ratio" "1", "The share of this machine's CPU time that its hypervisor gave to others.";
    PRESSURE Gauge "flexload.machine.pressure" "flexload_machine_pressure_ratio" "1", "The share of the last second in which something that could run waited for a CPU.";
    THROTTLED Counter "flexload.generator.throttled" "flexload_generator_throttled_total" "{period}", "How often the cgroup's quota held its processes up.";
    TIME_WAIT Level "flexload.connections.time_wait" "flexload_connections_time_wait" "{connection}", "Closed connections whose ports are not free yet.";
    EXIT_CODE Gauge "flexload.run.exit_code" "flexload_run_exit_code" "", "The exit code of the run that ended.";
    VALID Gauge "flexload.generator.valid" "flexload_generator_valid" "", "1 when the generator did its part.";
    HELD Gauge "flexload.threshold.held" "flexload_threshold_held" "", "1 when the threshold held, 0 when it was missed; one that could not be judged is not here.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Buckets;

    #[test]
    fn helps_need_no_escaping() {
        assert!(ALL.iter().all(|metric| !metric.help.contains(['\\', '\n', '"'])));
    }

    #[test]
    fn prometheus_names_follow_from_those_of_opentelemetry() {
        for Metric { otel, prometheus, unit, kind, .. } in ALL {
            if otel.starts_with("process.") {
                continue;
            }
            let unit = match *unit {
                "s" => "_seconds",
                "1" => "_ratio",
                _ => "",
            };
            let total = if *kind == Kind::Counter { "_total" } else { "" };
            assert_eq!(*prometheus, format!("{}{unit}{total}", otel.replace('.', "_")));
        }
    }

    #[test]
    fn the_dashboard_names_metrics_that_there_are() {
        let dashboard = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/grafana-dashboard.json");
        let dashboard = std::fs::read_to_string(dashboard).unwrap();
        let words = dashboard.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named: Vec<&str> =
            words.filter(|word| word.starts_with("flexload_") || word.starts_with("process_")).collect();
        assert!(named.len() > 20, "{named:?}");
        for name in named {
            let plain = name.strip_suffix("_bucket").unwrap_or(name);
            assert!(ALL.iter().any(|metric| metric.prometheus == plain), "{name}");
        }
        // Up to the highest bound are all that succeeded.
        let highest = Buckets::bounds().last().unwrap();
        let bounds: Vec<&str> = dashboard.split("le=\\\"").skip(1).collect();
        assert!(!bounds.is_empty());
        assert!(bounds.iter().all(|bound| bound.starts_with(&format!("{highest}\\\""))), "{bounds:?}");
    }
}
