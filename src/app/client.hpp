// How the commands that talk to a running server find it: --server, else $KEEPLINE_SERVER, else the configuration's own
// address; the token from $KEEPLINE_TOKEN or --token-file, never from the command line (which others can see).
#pragma once

#include "app/api_way.hpp"
#include "app/command.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace keepline::app {

struct server_options {
    std::string url;
    std::string token_file;
};

void add_server_options(CLI::App* command, const std::shared_ptr<server_options>& into);

/// code::unauthenticated, with how to get one, when there is no token.
result<std::unique_ptr<api_way>> connect(const session& s, const server_options& to);
result<std::string> server_url(const session& s, const server_options& to);

/// A fresh Idempotency-Key.
std::string fresh_key();

/// The id of a line: as given ("ln_…"), or found by its number. code::line_missing.
result<std::string> line_id(api_way& way, const std::string& number_or_id);

/// A member of an answer as a table shows it: "-" where there is none.
std::string cell_text(const boost::json::object& in, std::string_view name);
/// The id of the person that a member names.
std::string person_in(const boost::json::object& in, std::string_view name);

/// What a page of a list holds; nothing where the answer is none.
const boost::json::array& items_of(const boost::json::value& page);

struct column {
    std::string heading;
    std::string_view member;  // of each item
};
/// What is listed there: a table of its first page, or the page as it came (--json).
result<int> print_list(const session& s, const server_options& to, const std::string& target,
                       const std::vector<column>& columns);

}  // namespace keepline::app
