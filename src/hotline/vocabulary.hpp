// What a dialogue may say and ask for: the values that sentences name and how each is spoken, and the commands that go
// to the desk, with the proof that each needs. The dialogue's files are held to these tables (check.hpp), and so is
// every call (interpreter.hpp). Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::hotline {

/// How far a caller is known in this call: by the last proof of who calls, which is of one line and stays of none
/// other. `weak`: may look and stop. `reach`: the line's own code was keyed in.
enum class proof { nothing, weak, reach };

/// How a value is spoken. `name`: one of a list of words, never spoken itself: sentences of their own are chosen by it.
enum class spoken_as { day, money, phone, digits, reference, name };

struct value_form {
    std::string_view name;
    spoken_as how = spoken_as::digits;
    std::vector<std::string_view> names{};  // what a `name` may be
};
std::span<const value_form> value_forms();
const value_form* value_named(std::string_view name);

struct outcome_form {
    std::string_view name;
    proof gives = proof::nothing;  // the caller is known so far from then on, and no further
    bool forgets = false;          // nobody is known from then on
};

/// How far a caller is known after it who was known as far as `before`.
constexpr proof known_after(const outcome_form& of, proof before) {
    return of.gives != proof::nothing || of.forgets ? of.gives : before;
}
struct command_form {
    std::string_view name;
    std::vector<std::string_view> needs;  // values, and what was keyed in as a secret
    proof least = proof::nothing;
    std::vector<outcome_form> outcomes;
    std::vector<std::string_view>
        gives{};  // values that any of its answers may bring; where one is empty it is not said
};
std::span<const command_form> command_forms();
const command_form* command_named(std::string_view name);

/// Every command may fail this way: not now, or not at all.
inline constexpr std::string_view trouble = "trouble";
/// And this way: asked too often.
inline constexpr std::string_view too_many = "too_many";

/// By what a state may branch besides values: how far the caller is known.
inline constexpr std::string_view by_proof = "proof";
inline constexpr std::string_view nothing_else = "otherwise";

}  // namespace keepline::hotline
