-- Names, trees and ties that SQL must be written with care for.
create schema "We ird";
create role odd_reader;
create role "Odd Writer";
create type "We ird"."my mood" as enum ('a''b', E'back\\slash', 'plain');
create domain "We ird".positive as numeric(10,2) default 1 not null check (value > 0);
create type "We ird".pair as (a int, "b c" text collate "C");
create type "We ird".span as range (subtype = int);
create collation "We ird".german (provider = icu, locale = 'de', deterministic = false);
create sequence "We ird".counter as int increment 5 minvalue 5 maxvalue 5000 start 10 cache 3 cycle;
create function "We ird".next_code(prefix text default 'x''y') returns text language sql volatile
    as $$ select prefix || nextval('"We ird".counter') $$;
create table "We ird"."user"(
    id bigint generated always as identity (start 100 increment 10) primary key,
    "select" text default "We ird".next_code('p') not null,
    mood "We ird"."my mood" default 'plain',
    pair "We ird".pair,
    price "We ird".positive,
    name text collate "We ird".german,
    during "We ird".span,
    serial_no serial,
    doubled int generated always as (length(coalesce("name", '')) * 2) stored,
    big text
);
alter table "We ird"."user" alter column big set storage external;
alter table "We ird"."user" alter column big set statistics 500;
alter table "We ird"."user" alter column big set (n_distinct = 5);
alter table "We ird"."user" set (fillfactor = 80, toast.autovacuum_enabled = false);
alter table "We ird"."user" add constraint "no dup" unique ("select") include (big) with (fillfactor = 70) deferrable initially deferred;
alter table "We ird"."user" replica identity full;
comment on column "We ird"."user"."select" is 'it''s 100% "quoted"';
grant select, update (big) on "We ird"."user" to odd_reader;
grant insert on "We ird"."user" to "Odd Writer" with grant option;
create table public.child(id int primary key, parent bigint references "We ird"."user"(id) on delete cascade deferrable,
    other int, constraint both_set check (parent is null or other is not null));
alter table public.child add constraint self foreign key (other) references public.child(id) not valid;
alter table public.child disable trigger all;
-- two tables that need each other
create table public.hen(id int primary key, egg int);
create table public.egg(id int primary key, hen int references public.hen(id));
alter table public.hen add foreign key (egg) references public.egg(id);
-- inheritance and partitions
create table public.base(a int not null, b text, constraint a_pos check (a > 0));
create table public.derived(c int) inherits (public.base);
create table public.events(id bigint not null, at timestamptz not null, kind text, primary key (id, at)) partition by range (at);
create table public.events_2024 partition of public.events for values from ('2024-01-01') to ('2025-01-01');
create table public.events_rest partition of public.events default partition by range (at);
create table public.events_rest_a partition of public.events_rest default;
create index events_kind on public.events(kind);
create unique index only_2024 on public.events_2024(id);
create table public.watch(event bigint, at timestamptz, foreign key (event, at) references public.events(id, at));
create function public.noop() returns trigger language plpgsql as 'begin return new; end';
create trigger touched before insert on public.events for each row execute function public.noop();
create constraint trigger late after insert on public.child deferrable initially deferred for each row when (new.id > 5) execute function public.noop();
-- views on views, and a function that returns one
create view public.names as select id, "select" as chosen, name from "We ird"."user";
create view public.short_names with (security_barrier = true, check_option = local) as select id, chosen from public.names where id > 3;
alter view public.names alter column name set default 'nobody';
create function public.all_names() returns setof public.names language sql stable as 'select * from public.names';
create function public.sum_of(a int, b int default 2) returns int language sql immutable begin atomic select a + b; end;
create materialized view public.counted as select count(*) as n, chosen from public.names group by chosen with no data;
create unique index counted_key on public.counted(chosen);
create view public.sums as select public.sum_of(1, 2) as three;
create rule ignore as on update to public.egg do instead nothing;
alter table public.egg enable row level security;
alter table public.egg force row level security;
create policy mine on public.egg as restrictive for select to odd_reader, "Odd Writer" using (id > 5);
create policy made on public.egg for insert with check (hen is not null);
create statistics public.together (dependencies) on a, b from public.base;
create publication news for table public.base (a) where (a > 5), public.hen;
create aggregate public.total(int) (sfunc = int4pl, stype = int, initcond = '0');
create operator public.=== (leftarg = int, rightarg = int, function = int4eq);
create cast ("We ird".pair as text) with inout;
create text search configuration public.plain (copy = simple);
create foreign data wrapper odd_wrapper;
create server odd_server foreign data wrapper odd_wrapper options (host 'x');
create user mapping for public server odd_server options (u 'v');
create foreign table public.far(a int options (column_name 'A'), b text not null) server odd_server options (t 'far');
alter default privileges in schema public grant select on tables to odd_reader;
alter default privileges revoke execute on functions from public;
create table public.after_defaults(a int);
create function public.after_defaults_too() returns int language sql as 'select 1';
create function public.on_ddl() returns event_trigger language plpgsql as 'begin end';
create event trigger watcher on ddl_command_end when tag in ('CREATE TABLE') execute function public.on_ddl();
alter event trigger watcher disable;
create extension citext schema "We ird";
create table public.uses_citext(a "We ird".citext);
create unlogged table public.fast(a int);
create table public.typed of "We ird".pair (a primary key);
