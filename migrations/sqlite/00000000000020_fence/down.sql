-- One process and one file: there are no policies here, the queries alone part the consortia.
SELECT 1;
