#include "app/pages.h"

#include <gmock/gmock.h>

namespace drydock::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Pages, GreetWhoeverOpensTheServerInABrowser) {
    const http::StaticFiles files{pages()};
    http::Request request;
    request.target = "/";
    request.headers.add("Accept", "text/html");
    const auto answer = files.answer(request);
    ASSERT_TRUE(answer);
    const std::string body{answer->bytes()};
    EXPECT_THAT(body, HasSubstr("<title>drydock</title>"));
    EXPECT_THAT(body, Not(HasSubstr("__CSP_NONCE__")));
    const auto nonce = body.substr(body.find("nonce=\"") + 7, 32);
    EXPECT_THAT(std::string{answer->headers.get("Content-Security-Policy")}, HasSubstr("'nonce-" + nonce + "'"));
}

TEST(Pages, GiveNothingThatIsNotThere) {
    const http::StaticFiles files{pages()};
    http::Request request;
    request.target = "/../etc/passwd.txt";
    const auto answer = files.answer(request);
    EXPECT_THAT(answer ? std::string{answer->bytes()} : "", Not(HasSubstr("root:")));
}

}  // namespace
}  // namespace drydock::app
