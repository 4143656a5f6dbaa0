// Notes of the staff.
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

struct staff_notes : ::testing::Test {
    world w;
    void SetUp() override {
        w.have_line();
        w.submit_low();
    }
    int made = 0;
    write_note note(int closure = 0) { return {closure, named("n" + std::to_string(++made)), "digest"}; }
};

TEST_F(staff_notes, are_written_by_people_who_work_here) {
    EXPECT_EQ(w.refused(note(), customer), code::forbidden);
    EXPECT_EQ(w.refused(note(), machine), code::forbidden);
    w.must(note(), clerk);
    w.must(note(w.s.current->number), reviewer);
    ASSERT_EQ(w.s.notes.size(), 2U);
    EXPECT_EQ(w.s.notes[0].by, clerk);
    EXPECT_EQ(w.s.notes[0].closure, 0);
    EXPECT_EQ(w.s.notes[1].closure, w.s.current->number);
    EXPECT_EQ(w.s.notes[1].serial, 2);
    EXPECT_EQ(w.refused(note(7), clerk), code::closure_missing);
}

TEST_F(staff_notes, make_nobody_a_part_of_the_case) {
    const auto before = w.s.current->took_part;
    w.must(note(w.s.current->number), reviewer);
    EXPECT_EQ(w.s.current->took_part, before);
}

// Whoever repeats a request when it is forgotten would write over what it wrote: nobody could read either.
TEST_F(staff_notes, are_written_once_under_a_name) {
    auto first = note();
    w.must(first, clerk);
    first.digest = "of other words";
    EXPECT_EQ(w.refused(first, clerk), code::idempotency_key_reused);
    EXPECT_EQ(w.refused(first, reviewer), code::idempotency_key_reused);
    ASSERT_EQ(w.s.notes.size(), 1U);
    EXPECT_EQ(w.s.notes[0].digest, "digest");
    w.must(note(), clerk);
}

// A thief with one token does not fill all the room there is for others.
TEST_F(staff_notes, of_one_person_are_so_many) {
    for (int i = 0; i < 30; ++i) w.must(note(), clerk);
    EXPECT_EQ(w.refused(note(), clerk), code::too_many);
    w.must(note(), reviewer);
}

}  // namespace
}  // namespace keepline::domain
