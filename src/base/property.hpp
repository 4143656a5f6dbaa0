// Property tests: EXPECT_HOLDS("words", [](args) { RC_ASSERT(...); }) inside a gtest TEST. For tests only.
// The seed and the smallest failing case are printed; RC_PARAMS in the environment repeats or enlarges a run.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#define EXPECT_HOLDS(...) EXPECT_TRUE(::rc::check(__VA_ARGS__))
