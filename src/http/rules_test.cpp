// The rules that are plain functions: origins, networks, cursors, preconditions, problems.
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/csrf.h"
#include "http/cursor.h"
#include "http/network.h"
#include "http/preconditions.h"
#include "http/problem.h"
#include "http/static_files.h"

namespace drydock::http {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;
using enum CsrfKind;

constexpr std::string_view kOwn = "https://drydock.example";

TEST(Csrf, a_change_needs_a_proof_that_our_page_asks) {
    EXPECT_TRUE(csrf_refusal(change, {}, kOwn));
    EXPECT_FALSE(csrf_refusal(change, {{"X-Drydock-Csrf", "1"}}, kOwn));
    EXPECT_FALSE(csrf_refusal(change, {{"Sec-Fetch-Site", "same-origin"}}, kOwn));
    EXPECT_FALSE(csrf_refusal(change, {{"Origin", "https://drydock.example"}}, kOwn));
    EXPECT_FALSE(csrf_refusal(change, {{"Origin", "HTTPS://Drydock.example:443"}}, kOwn));
    EXPECT_TRUE(csrf_refusal(change, {{"X-Drydock-Csrf", ""}}, kOwn));
    EXPECT_TRUE(csrf_refusal(change, {{"Sec-Fetch-Site", "none"}}, kOwn));
}

TEST(Csrf, a_sign_of_another_origin_outweighs_every_proof) {
    for (const auto* site : {"cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, cross-site"})
        for (const auto kind : {change, stream})
            EXPECT_TRUE(csrf_refusal(kind, {{"Sec-Fetch-Site", site}, {"X-Drydock-Csrf", "1"}}, kOwn)) << site;
    for (const auto* origin :
         {"null",
          "http://drydock.example",
          "https://drydock.example:8443",
          "https://drydock.example.evil.org",
          "https://evil.org",
          "",
          "https://drydock.example/"})
        for (const auto kind : {change, stream})
            EXPECT_TRUE(csrf_refusal(kind, {{"Origin", origin}, {"X-Drydock-Csrf", "1"}}, kOwn)) << origin;
}

TEST(Csrf, streams_and_reads_need_no_proof) {
    EXPECT_FALSE(csrf_refusal(stream, {}, kOwn));
    EXPECT_FALSE(csrf_refusal(stream, {{"Sec-Fetch-Site", "same-origin"}}, kOwn));
    EXPECT_FALSE(csrf_refusal(stream, {{"Sec-Fetch-Site", "none"}}, kOwn));
    EXPECT_FALSE(csrf_refusal(read, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"}}, kOwn));
}

TEST(Csrf, our_origin_is_what_the_browser_calls_us) {
    EXPECT_EQ(origin_of({.secure = true, .host = "Drydock.example:443"}), "https://drydock.example");
    EXPECT_EQ(origin_of({.secure = false, .host = "localhost:8080"}), "http://localhost:8080");
}

TEST(Network, holds_the_addresses_of_its_range) {
    const auto inside = [](std::string_view network, std::string_view address) {
        return Network::parse(network).value().contains(address);
    };
    EXPECT_TRUE(inside("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(inside("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(inside("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(inside("192.0.2.0/25", "192.0.2.127"));
    EXPECT_FALSE(inside("192.0.2.0/25", "192.0.2.128"));
    EXPECT_TRUE(inside("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(inside("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(inside("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(inside("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(inside("::/0", "10.0.0.1"));
    EXPECT_TRUE(inside("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(inside("192.0.2.7", "localhost"));
    for (const auto* wrong : {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0/8", "10.0.0.0/8x"})
        EXPECT_FALSE(Network::parse(wrong)) << wrong;
}

TEST(Network, a_client_is_the_first_from_the_right_that_is_no_proxy_of_ours) {
    const std::vector proxies{Network::parse("10.0.0.0/8").value(), Network::parse("::1").value()};
    EXPECT_EQ(client_address("10.0.0.1", "1.2.3.4", proxies), "1.2.3.4");
    EXPECT_EQ(client_address("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.9.9.9", proxies), "1.2.3.4");
    EXPECT_EQ(client_address("1.2.3.4", "9.9.9.9", proxies), "1.2.3.4");
    EXPECT_EQ(client_address("10.0.0.1", "", proxies), "10.0.0.1");
    EXPECT_EQ(client_address("10.0.0.1", "1.2.3.4, unknown", proxies), "10.0.0.1");
    EXPECT_EQ(client_address("::1", "[2001:db8::5]:443", proxies), "2001:db8::5");
    EXPECT_EQ(client_address("::1", "::ffff:1.2.3.4", proxies), "1.2.3.4");
    EXPECT_EQ(client_address("10.0.0.1", "10.0.0.2, 10.0.0.3", proxies), "10.0.0.2");
    EXPECT_EQ(client_address("unix", "1.2.3.4:5555", {}), "1.2.3.4");
}

TEST(Network, knows_what_can_be_a_host) {
    for (const auto* const host : {"", "h", "drydock.example:8080", "[::1]:80", "10.0.0.1", "a_b.example"})
        EXPECT_TRUE(is_host(host)) << host;
    for (const auto* const host : {"a b", "a/b", "a,b", "a@b", "a\tb", "a\"b", "\xc3\xa4"})
        EXPECT_FALSE(is_host(host)) << host;
}

TEST(Cursor, comes_back_as_it_was_made) {
    const Cursors cursors{"key"};
    const json::array position{"2026-01-01", 5, nullptr};
    const auto text = cursors.make(position, "list");
    EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
    EXPECT_EQ(cursors.read(text, "list").value(), position);
}

TEST(Cursor, is_refused_unless_it_is_ours_and_of_this_list) {
    const Cursors cursors{"key"};
    const auto text = cursors.make({"a", 1}, "list");
    EXPECT_FALSE(cursors.read(text, "other list"));
    EXPECT_FALSE(Cursors{"other key"}.read(text, "list"));
    EXPECT_FALSE(cursors.read("", "list"));
    EXPECT_FALSE(cursors.read("AAAA", "list"));
    EXPECT_FALSE(cursors.read("%%%", "list"));
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        const auto read = cursors.read(changed, "list");
        ASSERT_FALSE(read) << i;
        EXPECT_EQ(read.error().code, ErrorCode::invalid_argument);
    }
}

TEST(Preconditions, a_change_names_one_version) {
    EXPECT_EQ(parse_if_match("\"7\""), "7");
    EXPECT_EQ(parse_if_match(" * "), "*");
    for (const auto* wrong : {"", "7", "\"\"", "W/\"7\"", "\"7\", \"8\"", "\"7"})
        EXPECT_FALSE(parse_if_match(wrong)) << wrong;
}

TEST(Preconditions, a_read_may_name_many) {
    EXPECT_TRUE(matches_any("\"6\", W/\"7\"", "7"));
    EXPECT_TRUE(matches_any("*", "7"));
    EXPECT_FALSE(matches_any("\"77\"", "7"));
    EXPECT_FALSE(matches_any("", "7"));
}

TEST(Problem, tells_what_was_written_for_people_and_nothing_else) {
    const Error error{
        .code = ErrorCode::conflict,
        .message = "the name is taken",
        .hint = "choose another",
        .place = {.file = "/etc/passwd"},
        .detail = "duplicate key on host db1",
        .sqlstate = "23505",
        .statement = "INSERT INTO",
    };
    const auto response = to_response(problem_of(error), "r1");
    EXPECT_EQ(response.status, 409);
    EXPECT_EQ(response.headers.get("content-type"), "application/problem+json");
    EXPECT_EQ(
        json::parse(response.body),
        json::parse(R"({"type":"urn:drydock:problem:conflict","title":"Conflict","status":409,"code":"conflict",
                        "detail":"the name is taken","hint":"choose another","request_id":"r1"})")
    );
}

TEST(Problem, an_internal_error_says_only_its_request) {
    const auto response =
        to_response(problem_of(Error{.message = "SELECT * FROM x", .hint = "/usr/lib", .detail = "stack"}), "r1");
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(response.body, HasSubstr("\"request_id\":\"r1\""));
    for (const auto* leak : {"SELECT", "/usr", "stack"}) EXPECT_THAT(response.body, Not(HasSubstr(leak)));
}

TEST(Problem, what_may_go_well_later_says_when) {
    EXPECT_TRUE(problem_of(Error{.code = ErrorCode::unavailable}).headers.has("Retry-After"));
    EXPECT_TRUE(problem_of(Error{.code = ErrorCode::locked}).headers.has("Retry-After"));
    EXPECT_FALSE(problem_of(Error{.code = ErrorCode::conflict}).headers.has("Retry-After"));
    EXPECT_EQ(problem_of(Error{.code = ErrorCode::unauthenticated}).headers.get("WWW-Authenticate"), "Bearer");
}

constexpr Asset kAssets[] = {
    {.path = "/index.html",
     .body = "<meta name=csp-nonce content=__CSP_NONCE__>",
     .gzip = "",
     .mime = "text/html",
     .etag = "i"},
    {.path = "/assets/a-1.js", .body = "let a = 1", .gzip = "packed", .mime = "text/javascript", .etag = "j1"},
    {.path = "/icon.svg", .body = "<svg/>", .gzip = "", .mime = "image/svg+xml", .etag = "s1"},
};

Response asset(std::string target, Headers headers = {}) {
    static const StaticFiles files{kAssets};
    return files.answer({.target = std::move(target), .headers = std::move(headers)}).value_or(Response{.status = 404});
}

TEST(StaticFiles, hashed_names_are_kept_for_ever) {
    const auto script = asset("/assets/a-1.js?x=y");
    EXPECT_EQ(script.bytes(), "let a = 1");
    EXPECT_EQ(script.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(asset("/icon.svg").headers.get("Cache-Control"), "no-cache");
    EXPECT_EQ(asset("/icon.svg", {{"If-None-Match", "\"s1\""}}).status, 304);
    EXPECT_TRUE(asset("/icon.svg", {{"If-None-Match", "\"s1\""}}).bytes().empty());
}

TEST(StaticFiles, packs_for_who_takes_it) {
    const auto packed = asset("/assets/a-1.js", {{"Accept-Encoding", "br, gzip;q=0.8"}});
    EXPECT_EQ(packed.bytes(), "packed");
    EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
    EXPECT_EQ(packed.headers.get("Vary"), "Accept-Encoding");
    EXPECT_EQ(asset("/assets/a-1.js", {{"Accept-Encoding", "gzip;q=0"}}).bytes(), "let a = 1");
    EXPECT_EQ(asset("/icon.svg", {{"Accept-Encoding", "gzip"}}).bytes(), "<svg/>");
}

TEST(StaticFiles, every_other_address_is_the_page_with_a_new_nonce) {
    const auto first = asset("/databases/5");
    const auto second = asset("/");
    EXPECT_EQ(first.headers.get("Cache-Control"), "no-store");
    EXPECT_NE(first.bytes(), second.bytes());
    const auto nonce = std::string{first.bytes().substr(first.bytes().find("content=") + 8, 32)};
    EXPECT_THAT(std::string{first.headers.get("Content-Security-Policy")}, HasSubstr("'nonce-" + nonce + "'"));
    EXPECT_EQ(asset("/assets/gone.js").status, 404);
    for (const auto* path : {"/../../etc/passwd", "/assets/../../etc/passwd", "/%2e%2e/etc/passwd", "//etc/passwd"})
        EXPECT_THAT(std::string{asset(path).bytes()}, Not(HasSubstr("root:"))) << path;
}

}  // namespace
}  // namespace drydock::http
