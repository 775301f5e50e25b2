"""Empties a PostgreSQL database, keeping the database itself and its owner. Runs in the container `synapse`; libpq's
variables say which. What belongs to an extension stays, and what belongs to a table goes with it.
"""

import sys

import psycopg2

DROP = """
    SELECT format('DROP %s IF EXISTS %s CASCADE', kind, name)
    FROM (
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass::text,
               'pg_class'::regclass, oid, relnamespace
        FROM pg_class WHERE relkind IN ('r', 'p', 'S', 'v')
        UNION ALL
        SELECT 'ROUTINE', oid::regprocedure::text, 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
    ) AS object (kind, name, catalog, id, namespace)
    WHERE namespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = catalog AND objid = id AND deptype IN ('e', 'i'))
"""

try:
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute(DROP)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
except psycopg2.Error as error:
    sys.exit(str(error).splitlines()[0])
