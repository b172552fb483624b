"""One process per folder: ingest, detection, triage, response, enforcement, rollout, archive, control."""
