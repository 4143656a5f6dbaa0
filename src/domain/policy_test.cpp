#include <gtest/gtest.h>
#include <fstream>
#include <sstream>
#include <filesystem>
#include "domain/policy.hpp"
using namespace keepline;
TEST(a,b){ std::vector<domain::policy_source> s; for (auto& e: std::filesystem::directory_iterator(KEEPLINE_SOURCE_DIR "/policies")) if(e.path().extension()==".toml"){ std::ifstream f(e.path()); std::stringstream t; t<<f.rdbuf(); s.push_back({e.path().stem(), t.str()});} auto b=domain::load_policies(s); ASSERT_TRUE(b)<<b.error().words; }
