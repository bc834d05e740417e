//! When: cron ticks and due polls to jobs.
