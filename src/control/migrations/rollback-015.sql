-- Undoes 015_facts.sql. Destroys what databases told of themselves; what was measured of their size stays, and by SQL more may
-- come in than a limit of storage allows.

CREATE OR REPLACE FUNCTION platform.keep_database_limit() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most bigint;
BEGIN
    IF NEW.status = 'inactive' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status <> 'inactive' AND OLD.project_id = NEW.project_id THEN
            RETURN NEW;
        END IF;
    END IF;
    most := platform.project_limit(NEW.project_id, 'databases');
    IF most IS NULL THEN
        RETURN NEW;
    END IF;
    -- Two at once must not both take the last place.
    PERFORM pg_advisory_xact_lock(hashtextextended('platform.databases ' || NEW.project_id::text, 0));
    IF (SELECT count(*) FROM platform.databases AS d
        WHERE d.project_id = NEW.project_id AND d.status <> 'inactive' AND d.id <> NEW.id) >= most THEN
        -- An upsert of a row that is there already comes by here as well.
        IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM platform.databases AS d
            WHERE d.project_id = NEW.project_id AND d.name = NEW.name AND d.status <> 'inactive') THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the project has reached its limit of % databases', most
            USING ERRCODE = 'configuration_limit_exceeded',
                  HINT = 'Remove one or make it inactive, or raise the limit of the project or the plan.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION platform.keep_database_limit() IS 'Trigger: a project has no more databases (the inactive do not count) than its limit';
DROP FUNCTION platform.grant_fact_roles();
DROP TABLE platform.database_facts;
