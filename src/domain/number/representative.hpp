// One of those who act for the owner of a line, as the line's own journal knows them: heard from the owner's stream.
#pragma once

#include "domain/number/line.hpp"
#include "domain/representation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

/// `who` is a subscriber like anybody: their contact points and their account are in the vault under that id.
struct representative {
    int serial = 0;  // on the owner's stream
    representative_kind kind = representative_kind::attorney;
    label who;
    std::vector<document_purpose> papers;  // that it rests on
    instant in_force_at;                   // of this line: everybody has been told for as long as its policy says
    std::optional<instant> until{};
    representation_state state = representation_state::standing;
    std::optional<instant> over_at{};
    actor over_by{};
    actor admitted_by{};
    std::vector<contact_ref> contacts{};
    std::string refund_account{};  // keyed digest
    bool account_on_word = false;
    bool document_on_word = false;
    std::optional<instant> account_named_at{};  // after their registration
    std::vector<actor> had_part{};              // who signed it, brought the papers, or registered whoever acts
    bool operator==(const representative&) const = default;
    bool is_in_force(instant now) const {
        return state == representation_state::standing && now >= in_force_at && (!until || now < *until);
    }
};
BOOST_DESCRIBE_STRUCT(representative, (),
                      (serial, kind, who, papers, in_force_at, until, state, over_at, over_by, admitted_by, contacts,
                       refund_account, account_on_word, document_on_word, account_named_at, had_part))

/// Whoever a case was opened for the owner by, and what is so of the case because of that: as the policy said then.
struct case_representative {
    int serial = 0;
    representative_kind kind = representative_kind::attorney;
    label who;
    refund_payee refund = refund_payee::principal;
    bool reclaim = true;  // false: two people sign before the number is given back
    bool operator==(const case_representative&) const = default;
};
BOOST_DESCRIBE_STRUCT(case_representative, (), (serial, kind, who, refund, reclaim))

}  // namespace keepline::domain
