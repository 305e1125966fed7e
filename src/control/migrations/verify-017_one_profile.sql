-- There is no second profile.
SELECT count(*) = 0 AS one_profile FROM platform.settings AS s WHERE s.name = 'profile';
