#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "layouts/folder.h"
#include "migrate/options.h"

namespace drydock::prove {

// What a chain of migrations had filled in. A catalog shows those values, so SQL and words that are made from it do as
// well; history, reports and files may not. Values of one or two characters hide nothing and are left as they are.
class Unfilled {
public:
    void add(const std::vector<layouts::HeaderValue>& placeholders, const migrate::PlaceholderValues& values);

    // Each value as its ${NAME} again, under a header line that asks for it: filled in, it is the same SQL.
    std::string sql(std::string text) const;
    // The same of words for people.
    std::string words(std::string_view text) const { return replaced(text, nullptr); }
    // A placeholder whose value the text holds in a form that can't be turned back (with its quotes doubled), or that
    // it names by itself; empty when there is none.
    std::string trouble(std::string_view text) const;

private:
    struct Filled {
        std::string name;
        std::string value;
    };
    std::string replaced(std::string_view text, std::vector<std::string>* used) const;

    std::vector<Filled> filled_;  // the longest value first
};

}  // namespace drydock::prove
