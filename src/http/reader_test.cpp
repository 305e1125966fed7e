#include "http/reader.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace drydock::http {
namespace {

RequestReader::State state_after(std::string_view text, std::size_t cut) {
    RequestReader reader{{.header_bytes = 1024, .target_bytes = 128}};
    std::string waiting{text.substr(0, cut)};
    waiting.erase(0, reader.put(waiting));
    waiting += text.substr(cut);
    reader.put(waiting);
    return reader.state();
}

TEST(RequestReader, RefusesAHeaderThatGoesOnWithTheNextLineHoweverItComes) {
    constexpr std::string_view kFolded = "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n";
    constexpr std::string_view kEmptyFold = "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\t\r\n\r\n";
    constexpr std::string_view kPlain = "GET / HTTP/1.1\r\nHost: a\r\nX-A:  b c \r\n\r\n";
    for (std::size_t cut = 0; cut <= kPlain.size(); ++cut) {
        SCOPED_TRACE(cut);
        EXPECT_EQ(state_after(kFolded, std::min(cut, kFolded.size())), RequestReader::State::failed);
        EXPECT_EQ(state_after(kEmptyFold, std::min(cut, kEmptyFold.size())), RequestReader::State::failed);
        EXPECT_EQ(state_after(kPlain, cut), RequestReader::State::head_read);
    }
}

}  // namespace
}  // namespace drydock::http
