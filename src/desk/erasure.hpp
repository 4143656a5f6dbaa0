// Erasing a person, around the domain's rules (domain/erasure.hpp): what stands against it is read from their lines, a
// plan is carried out when nothing does any more, and what the shell holds of them is cleared, again after a crash.
// Any thread but the engine's writer.
#pragma once

#include "desk/token_register.hpp"
#include "port/documents.hpp"
#include "port/vault.hpp"

#include <functional>
#include <string>
#include <vector>

namespace keepline::desk {

using reading = std::function<result<engine::view_ptr>(const port::stream_key&)>;

/// In the person's lines, one after the other.
result<std::vector<domain::standing>> standing_against(const reading& read, const domain::subscriber_state& of,
                                                       const domain::rule_book& rules, instant now);

/// What one person leaves in the shell.
struct remains {
    port::vault* vault = nullptr;
    port::token_store* tokens = nullptr;
    port::documents* documents = nullptr;
    /// Spools and mail folders that hold messages for them. May be empty. What cannot be cleared is tried again.
    std::function<result<void>(const std::string& subscriber)> clear_spools{};
};
/// Ends their tokens, destroys the key, removes their documents, clears the spools: from then on nothing is written
/// there any more. Twice is harmless.
result<void> clear_person(const remains& what, const std::string& subscriber, instant now);

class eraser {
 public:
    using listing = std::function<result<port::page>(const port::stream_filter&, std::string_view, std::size_t)>;
    using rules_of_now = std::function<std::shared_ptr<const domain::rule_book>()>;

    eraser(journal_door to, listing list, rules_of_now rules, remains what, const port::clock& clock, port::log& log)
        : to_(std::move(to)),
          list_(std::move(list)),
          rules_(std::move(rules)),
          what_(std::move(what)),
          clock_(clock),
          log_(log) {}

    /// Every plan that nothing stands against any more, and every erasure that a crash left half done.
    void carry_out();

 private:
    result<void> look_at(const port::stream_key& of);
    /// `by_time`: nobody asked for it, so it counts against the day's endings.
    result<engine::answer> submit(const port::stream_key& to, domain::subscriber_command what, bool by_time,
                                  std::vector<port::vault_row> rows = {});

    journal_door to_;
    listing list_;
    rules_of_now rules_;
    remains what_;
    const port::clock& clock_;
    port::log& log_;
    instant rests_until_{};
};

}  // namespace keepline::desk
