"""From stored runs to statistics, verdicts and pictures. Reads parquet, never trains."""
