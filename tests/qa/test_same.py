from qa.same import same_words, says


def test_case_punctuation_and_white_space_do_not_count() -> None:
    assert same_words("“It is,” he\nsaid.", '"it is" he said')
    assert not same_words("It is", "It was")


def test_words_are_held_whole_and_in_order() -> None:
    assert says("Before. It is so! After.", "it is so")
    assert not says("It isn't so", "it is")
    assert not says("basic", "as")
    assert not says("anything", "…")
