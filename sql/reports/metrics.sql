-- A snapshot for Prometheus: every metric with what it is; of those that only the process knows, value is null.
SELECT
    described.name,
    described.type,
    described.help,
    metric.labels,
    metric.value
FROM app.metric_texts AS described
LEFT JOIN app.metrics AS metric ON described.name = metric.name
ORDER BY described.name, metric.labels;
