#include "sql/script.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::sql {
namespace {

using std::string_view_literals::operator""sv;

// The statements of a text, or where and what its error is: "! 3:1 this string has no end".
std::vector<std::string> cut(std::string_view text) {
    const auto script = Script::read(text, "file.sql");
    if (!script) {
        const Error& error = script.error();
        EXPECT_EQ(error.code, ErrorCode::invalid_argument);
        EXPECT_EQ(error.place.file, "file.sql");
        EXPECT_NE(error.hint, "");
        return {fmt::format("! {}:{} {}", error.place.line, error.place.column, error.message)};
    }
    std::vector<std::string> found;
    for (const auto& statement : script->statements()) {
        found.emplace_back(script->text_of(statement));
        if (statement.shape == Shape::copy_in) {
            const Range data = statement.copy_data;
            found.push_back("= " + std::string(text.substr(data.begin, data.end - data.begin)));
        }
    }
    return found;
}

struct Case {
    std::string_view name;
    std::string_view text;
    std::vector<std::string> expected;
};

class Cutting : public testing::TestWithParam<Case> {};

TEST_P(Cutting, is_where_the_server_cuts) {
    EXPECT_EQ(cut(GetParam().text), GetParam().expected);
}

const Case kCases[] = {
    {"nothing", "", {}},
    {"white_space_alone", " \t\r\n\f ", {}},
    {"comments_alone", "-- a;\n/* b; /* c; */ ; */\n--", {}},
    {"semicolons_alone", ";;; ;\n;", {}},
    {"the_last_needs_no_semicolon", "SELECT 1;\nSELECT 2", {"SELECT 1", "SELECT 2"}},
    {"comments_at_both_ends_are_left_out", "/*a*/ SELECT /*b;*/ 1 --c;\n;--d\n", {"SELECT /*b;*/ 1"}},
    {"byte_order_mark", "\xEF\xBB\xBFSELECT 1;", {"SELECT 1"}},
    {"crlf", "SELECT 1;\r\n-- c;\r\nSELECT\r\n2;\r\n", {"SELECT 1", "SELECT\r\n2"}},
    {"a_comment_ends_at_a_lone_carriage_return", "-- a\rSELECT 1;", {"SELECT 1"}},
    {"doubled_quotes", "SELECT 'it''s; '';' ; SELECT \"a\"\";b\"", {"SELECT 'it''s; '';'", "SELECT \"a\"\";b\""}},
    {"a_backslash_is_plain_in_a_string", R"(SELECT 'C:\'; SELECT 2)", {R"(SELECT 'C:\')", "SELECT 2"}},
    {"and_escapes_in_an_e_string", R"(SELECT E'it\'s;', e'\\'; SELECT 2)", {R"(SELECT E'it\'s;', e'\\')", "SELECT 2"}},
    {"an_e_string_goes_on_with_its_rule",
     "SELECT E'a'\n -- c\n '\\';'; SELECT 2",
     {"SELECT E'a'\n -- c\n '\\';'", "SELECT 2"}},
    {"not_on_the_same_line", "SELECT E'a' '\\'; SELECT 2", {"SELECT E'a' '\\'", "SELECT 2"}},
    {"not_behind_a_block_comment", "SELECT E'a' /**/\n '\\'; SELECT 2", {"SELECT E'a' /**/\n '\\'", "SELECT 2"}},
    {"a_name_that_ends_in_e_is_no_prefix", R"(SELECT typee'\'; SELECT 2)", {R"(SELECT typee'\')", "SELECT 2"}},
    {"other_prefixes",
     R"(SELECT B'1', x'F', N'n\', U&'\0041;' UESCAPE '!', U&"n;"; SELECT 2)",
     {R"(SELECT B'1', x'F', N'n\', U&'\0041;' UESCAPE '!', U&"n;")", "SELECT 2"}},
    {"u_and_a_space_is_an_operator", "SELECT u & 'a;'; SELECT 2", {"SELECT u & 'a;'", "SELECT 2"}},
    {"dollar_quotes",
     "DO $$ a; $x$ b; $$; DO $ü1$ ; $$ $ü1$; SELECT 2",
     {"DO $$ a; $x$ b; $$", "DO $ü1$ ; $$ $ü1$", "SELECT 2"}},
    {"dollar_tags_are_case_sensitive", "SELECT $a$ ; $A$ ; $a$; SELECT 2", {"SELECT $a$ ; $A$ ; $a$", "SELECT 2"}},
    {"a_tag_can_begin_with_the_end_of_another", "SELECT $a$ $b$a$; SELECT 2", {"SELECT $a$ $b$a$", "SELECT 2"}},
    {"dollars_in_names_quote_nothing",
     "SELECT a$b$c; SELECT _$$; SELECT é$x$; SELECT 3",
     {"SELECT a$b$c", "SELECT _$$", "SELECT é$x$", "SELECT 3"}},
    {"parameters_quote_nothing", "SELECT $1; SELECT $2$3; SELECT 4", {"SELECT $1", "SELECT $2$3", "SELECT 4"}},
    {"a_tag_has_no_digit_first", "SELECT $1$ ; $1$", {"SELECT $1$", "$1$"}},
    {"a_number_before_a_dollar_quote", "SELECT 1$$;$$; SELECT 2", {"SELECT 1$$;$$", "SELECT 2"}},
    {"nested_comments", "SELECT /* /* ; */ ; */ 1; SELECT 2", {"SELECT /* /* ; */ ; */ 1", "SELECT 2"}},
    {"a_comment_in_an_operator", "SELECT 1 +/* ; */ 2; SELECT 3 @--;\n4", {"SELECT 1 +/* ; */ 2", "SELECT 3 @--;\n4"}},
    {"star_slash_is_an_operator", "SELECT 1 */ 2; SELECT 3", {"SELECT 1 */ 2", "SELECT 3"}},
    {"operators", "SELECT a ->> 'b' #> '{;}' @- 1 ? 'x' <@ b", {"SELECT a ->> 'b' #> '{;}' @- 1 ? 'x' <@ b"}},
    {"numbers",
     "SELECT 1..10, 1.5e-3, .5, 0x1F, 1_000, 1.; SELECT 2",
     {"SELECT 1..10, 1.5e-3, .5, 0x1F, 1_000, 1.", "SELECT 2"}},
    {"parentheses_keep_semicolons",
     "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2;); SELECT 3",
     {"CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2;)", "SELECT 3"}},
    {"one_parenthesis_too_many", "SELECT 1); SELECT (2)", {"SELECT 1)", "SELECT (2)"}},
    {"array_slices", "SELECT a[1:'2'], b[x:\"y\"]; SELECT :name", {"SELECT a[1:'2'], b[x:\"y\"]", "SELECT :name"}},

    {"atomic_body",
     "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
     {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"}},
    {"atomic_body_with_case",
     "create /**/ or replace procedure p() begin /**/ atomic select case when 1=1 then 2 end; insert into t values "
     "(case 1 when 2 then case 3 when 4 then 5 end end); end; SELECT 3",
     {"create /**/ or replace procedure p() begin /**/ atomic select case when 1=1 then 2 end; insert into t values "
      "(case 1 when 2 then case 3 when 4 then 5 end end); end",
      "SELECT 3"}},
    {"atomic_body_with_labels",
     "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end, t.end, 2 end, 3 AS case; END; SELECT 3",
     {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end, t.end, 2 end, 3 AS case; END", "SELECT 3"}},
    {"empty_atomic_body",
     "CREATE FUNCTION f() RETURNS void BEGIN ATOMIC END; SELECT 3",
     {"CREATE FUNCTION f() RETURNS void BEGIN ATOMIC END", "SELECT 3"}},
    {"a_function_named_begin",
     "CREATE FUNCTION begin() RETURNS int LANGUAGE sql RETURN 1; SELECT 3",
     {"CREATE FUNCTION begin() RETURNS int LANGUAGE sql RETURN 1", "SELECT 3"}},
    {"begin_alone_is_a_transaction",
     "BEGIN; CREATE FUNCTION f() RETURNS int AS 'x' LANGUAGE sql; END;",
     {"BEGIN", "CREATE FUNCTION f() RETURNS int AS 'x' LANGUAGE sql", "END"}},

    {"copy_data",
     "COPY t FROM stdin;\n1\ta;'\"$$/*\n\\N\t\\\\.\n\\.\nSELECT 1;",
     {"COPY t FROM stdin", "= 1\ta;'\"$$/*\n\\N\t\\\\.\n", "SELECT 1"}},
    {"empty_copy_data",
     "COPY t (a, b) FROM STDIN WITH (FORMAT csv); -- c\n\\.\n",
     {"COPY t (a, b) FROM STDIN WITH (FORMAT csv)", "= "}},
    {"copy_data_crlf", "COPY t FROM STDIN;\r\na\r\n\\.\r\nSELECT 1;\r\n", {"COPY t FROM STDIN", "= a\r\n", "SELECT 1"}},
    {"the_end_mark_stands_alone",
     "COPY t FROM STDIN;\n\\.x\nx\\.\n \\.\n\n\\.",
     {"COPY t FROM STDIN", "= \\.x\nx\\.\n \\.\n\n"}},
    {"two_copies",
     "COPY a FROM STDIN;\n1\n\\.\n\nCOPY b FROM STDIN;\n2\n\\.\n",
     {"COPY a FROM STDIN", "= 1\n", "COPY b FROM STDIN", "= 2\n"}},
    {"copy_from_elsewhere",
     "COPY t FROM 'stdin'; COPY stdin TO STDOUT; COPY (SELECT 1 FROM stdin) TO STDOUT;",
     {"COPY t FROM 'stdin'", "COPY stdin TO STDOUT", "COPY (SELECT 1 FROM stdin) TO STDOUT"}},

    {"pg_dump_restrict", "--\n\\restrict aB1\n\nSET x = 0;\n\\unrestrict aB1\n", {"SET x = 0"}},

    {"open_string", "SELECT 1;\n SELECT 'a\n;", {"! 2:9 this string has no end"}},
    {"open_e_string", "SELECT E'a\\';", {"! 1:8 this string has no end"}},
    {"open_e_string_at_the_very_end", "SELECT E'a\\", {"! 1:8 this string has no end"}},
    {"open_name", "SELECT ü, \"a;", {"! 1:11 this quoted name has no end"}},
    {"open_comment", "SELECT 1 /* /* */;", {"! 1:10 this comment has no end"}},
    {"open_dollar_quote", "DO $x$ $$ $X$;", {"! 1:4 this $x$ quote has no end"}},
    {"open_body",
     "CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC SELECT CASE 1 WHEN 2 THEN 3 END;",
     {"! 2:1 this BEGIN ATOMIC body has no END"}},
    {"open_copy", "SELECT 1;\nCOPY t FROM STDIN;\n1\n2\n", {"! 2:1 the data of this COPY … FROM STDIN has no end"}},
    {"copy_at_the_end", "COPY t FROM STDIN", {"! 1:1 the data of this COPY … FROM STDIN has no end"}},
    {"copy_with_company",
     "COPY t FROM STDIN; SELECT 1;\n\\.\n",
     {"! 1:20 something stands behind COPY … FROM STDIN on its line"}},
    {"psql_include", "SELECT 1;\n  \\i other.sql\n", {"! 2:3 \\i is a command of psql, not SQL"}},
    {"psql_within_a_statement", "SELECT 1 \\gset\n", {"! 1:10 \\gset is a command of psql, not SQL"}},
    {"restrict_within_a_statement", "SELECT 1 \n\\restrict x\n", {"! 2:1 \\restrict is a command of psql, not SQL"}},
    {"stray_end_mark", "SELECT 1;\n\\.\n", {"! 2:1 \\. is a command of psql, not SQL"}},
    {"psql_variables", "SELECT a[1], :'name'", {"! 1:14 a psql variable: the server does not know it"}},
    {"psql_name_variable", "SELECT 1 FROM :\"name\"", {"! 1:15 a psql variable: the server does not know it"}},
    {"zero_byte", "SELECT 1;\n 'a\0b'"sv, {"! 2:4 a byte of value 0 stands in the text"}},
    {"byte_order_mark_and_error", "\xEF\xBB\xBF'a", {"! 1:1 this string has no end"}},
};
INSTANTIATE_TEST_SUITE_P(Cases, Cutting, testing::ValuesIn(kCases), [](const auto& test) {
    return std::string(test.param.name);
});

TEST(Script, gives_each_statement_its_line_and_column_in_characters) {
    const auto script = Script::read("\xEF\xBB\xBFSELECT 'ü'; SELECT\n2;\r\n\t-- c\n\tSELECT 3", "");
    ASSERT_TRUE(script.has_value());
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const auto& statement : script->statements()) places.emplace_back(statement.line, statement.column);
    EXPECT_THAT(places, testing::ElementsAre(testing::Pair(1, 1), testing::Pair(1, 13), testing::Pair(4, 2)));
}

TEST(Script, knows_the_place_of_any_byte) {
    const std::string_view text = "a\r\nbéc\n";
    const Place place = place_in(text, "f", 6);
    EXPECT_EQ(place.label(), "f:2:3");
    EXPECT_EQ(place.text, "béc");
    EXPECT_EQ(place_in(text, "f", 0).text, "a");
    EXPECT_EQ(place_in(text, "f", 1000).label(), "f:3:1");
    EXPECT_EQ(place_in("", "f", 0).label(), "f:1:1");
}

TEST(Script, tells_what_to_do_instead_of_a_psql_command) {
    const auto script = Script::read("\\connect other\n", "f.sql");
    ASSERT_FALSE(script.has_value());
    EXPECT_EQ(script.error().hint, "a migration runs in the database it is applied to: leave the line out");
}

TEST(SemanticHash, is_blind_to_white_space_comments_and_case_of_keywords) {
    const std::string hash = semantic_hash("SELECT a, 'x' FROM t WHERE b=-1;");
    EXPECT_EQ(hash.size(), 64U);
    EXPECT_EQ(semantic_hash("\xEF\xBB\xBFselect A ,\r\n'x'/* c; */from T -- d\n where b = - 1 ;\n"), hash);
    EXPECT_EQ(semantic_hash("\\restrict k\nSELECT a, 'x' FROM t WHERE b=-1;"), hash);
    EXPECT_EQ(semantic_hash("SELECT 'a'\n'b'"), semantic_hash("SELECT 'a' -- c\n\n  'b'"));
}

TEST(SemanticHash, sees_every_token) {
    const std::string hash = semantic_hash("SELECT a, 'x' FROM t");
    for (const std::string_view other :
         {"SELECT a, 'X' FROM t",
          "SELECT \"a\", 'x' FROM t",
          "SELECT a 'x' FROM t",
          "SELECT a, 'x ' FROM t",
          "SELECT a, E'x' FROM t",
          "SELECT a, 'x' FROM t; SELECT a, 'x' FROM t",
          "SELECT a, 'x'; FROM t",
          ""}) {
        EXPECT_NE(semantic_hash(other), hash) << other;
    }
    EXPECT_NE(semantic_hash("SELECT ab"), semantic_hash("SELECT a b"));
    EXPECT_NE(semantic_hash("SELECT \"A\""), semantic_hash("SELECT \"a\""));
    EXPECT_NE(semantic_hash("SELECT 'a'\n'b'"), semantic_hash("SELECT 'a' 'b'"));
    EXPECT_NE(semantic_hash("SELECT 'open"), semantic_hash("SELECT 'opem"));
}

TEST(SemanticHash, sees_copy_data_as_it_stands) {
    EXPECT_NE(semantic_hash("COPY t FROM STDIN;\n1\n\\.\n"), semantic_hash("COPY t FROM STDIN;\n1 \n\\.\n"));
    EXPECT_EQ(semantic_hash("COPY t FROM STDIN;\n1\n\\.\n"), semantic_hash("copy t  from stdin ; --\n1\n\\.\n\n"));
}

}  // namespace
}  // namespace drydock::sql
