-- fires:
--   public.people.password
CREATE TABLE people (id int PRIMARY KEY, password text);
INSERT INTO people VALUES (1, 'correct horse'), (2, 'battery staple');
-- silent:
CREATE TABLE people (id int PRIMARY KEY, password text, password_changed text);
INSERT INTO people VALUES (1, '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', 'yes'),
    (2, '5f4dcc3b5aa765d61d8327deb882cf99', 'no'), (3, '', 'no'), (4, '*****', 'no');
