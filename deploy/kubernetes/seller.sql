-- A seller's role and databases on a server that sellers share: docs/scale.md. As an administrator, by psql:
--   psql --set=seller=acme_ro --file=deploy/kubernetes/seller.sql postgres
-- and then the role's password: \password acme_ro. Whatever is there already stays as it is.
\set ON_ERROR_STOP on

SELECT 'CREATE ROLE ' || quote_ident(:'seller') || ' LOGIN CONNECTION LIMIT 40'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'seller') \gexec

-- The second one is what `magflow sync`, started by hand in a pod, notes its runs in.
SELECT
    'CREATE DATABASE ' || quote_ident(name) || ' OWNER ' || quote_ident(:'seller')
    || ' TEMPLATE template0 ENCODING ''UTF8'' LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8'' LOCALE ''C'''
FROM unnest(ARRAY[:'seller', :'seller' || '_dagster']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

-- By default PostgreSQL lets every role into every database.
SELECT 'REVOKE ALL ON DATABASE ' || quote_ident(name) || ' FROM PUBLIC'
FROM unnest(ARRAY[:'seller', :'seller' || '_dagster']) AS name \gexec
