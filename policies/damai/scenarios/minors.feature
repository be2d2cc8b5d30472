Feature: Children

  @DM-MIN-01 @DM-DEF-05
  Scenario Outline: Somebody born on <born> books without a guardian: <answer>
    Given it is 2026-03-02 09:00
    And the person is born on <born>
    When the platform submits "order"
    Then the answer says
      | code | <answer> |

    Examples:
      | born       | answer                    |
      | 2012-03-02 | -                         |
      | 2012-03-03 | guardian-consent-required |

  @DM-COL-06 @DM-MIN-01 @DM-DEF-05
  Scenario Outline: A birthday that is given tells at once whether a guardian must agree: <birthday>
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "registration-additional" asks for
    When the platform submits "registration-additional" with
      | birthday | <birthday> |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | birthday   | answer                    | at      |
      | 2012-03-02 | -                         | -       |
      | 2012-03-03 | guardian-consent-required | subject |

  @DM-MIN-02
  Scenario: A child publishes when a guardian has agreed
    Given it is 2026-03-02 09:00
    And a child is born on 2015-05-05
    When the platform submits "public-release" of a child with
      | post-text | 生日快乐 |
    Then it is refused with "guardian-consent-required" under DM-MIN-02
    When a teenager is born on 2015-05-05 and has a verified guardian
    And a teenager gives opt-in consent to "public-release"
    Then it is refused with "guardian-consent-required"
    When a teenager gives guardian consent to "public-release"
    And the platform submits "public-release" of a teenager with
      | post-text | 生日快乐 |
    Then it is admitted

  @DM-MIN-05
  Scenario: A child found after the fact is not asked for more until a guardian has agreed
    Given it is 2026-03-02 09:00
    When the platform submits "registration"
    Then it is admitted
    When the person is born on 2013-07-01
    And the platform submits "order"
    Then it is refused with "guardian-consent-required" under DM-MIN-01

  @DM-SEC-07
  Scenario: Staff do not look at a child without approval, and an adult's data is shown
    Given it is 2026-03-02 09:00
    When the platform submits "registration"
    And a member of the staff opens "nickname" for "registration"
    Then the answer is yes
    When the person is born on 2015-05-05 and has a verified guardian
    And a member of the staff opens "nickname" for "registration"
    Then it is refused with "staff-approval-required" under DM-SEC-07

  @DM-SEC-08
  Scenario: Nobody takes a child's data away
    Given it is 2026-03-02 09:00
    When the platform submits "registration"
    And the platform opens "nickname" for "registration" with
      | staff | staff-1 |
      | copy  | yes     |
    Then the answer is yes
    When the person is born on 2015-05-05 and has a verified guardian
    And the platform opens "nickname" for "registration" with
      | staff | staff-1 |
      | copy  | yes     |
    Then it is refused with "copying-forbidden"

  @DM-MIN-05
  Scenario: The guardian of a child that was found hears of it within a day
    Given it is 2026-03-02 23:00
    And the person has given opt-in consent to "personalized-display"
    When the person is born on 2013-07-01
    Then the answer says
      | guardian       | missing    |
      | tellGuardianBy | 2026-03-03 |

  @DM-MIN-04
  Scenario: Nobody is asked for an age: who gives none agrees alone, until a child is found
    Given it is 2026-03-02 09:00
    When the person gives opt-in consent to "personalized-display"
    Then it is recorded
    When the platform submits "order"
    Then it is admitted
    When the person is born on 2015-05-05
    And the platform submits "order"
    Then it is refused with "guardian-consent-required" under DM-MIN-01

  # From fourteen on nobody else's yes is asked for, nor does one have to be verified.
  @DM-MIN-04
  Scenario Outline: Somebody born on <born> uses the service on their own word: <answer>
    Given it is 2026-03-02 09:00
    And the person is born on <born>
    When the platform submits "registration"
    Then the answer says
      | code | <answer> |
    When the person gives opt-in consent to "personalized-display"
    Then the answer says
      | code | <answer> |

    Examples:
      | born       | answer                    |
      | 2010-01-01 | -                         |
      | 2012-03-02 | -                         |
      | 2012-03-03 | guardian-consent-required |

  @DM-MIN-05
  Scenario: Records alone are enough: a child who has never been asked for a yes is found all the same
    Given it is 2026-03-02 09:00
    And the platform submits "registration"
    When the person is born on 2013-07-01
    Then the answer says
      | guardian       | missing          |
      | tellGuardianBy | 2026-03-03 09:00 |
    When the platform states about the person
      | guardianTold | yes |
    Then the answer says
      | tellGuardianBy | - |

  @DM-MIN-05
  Scenario: Of a child of whom nothing is held there is nothing to tell
    Given it is 2026-03-02 09:00
    When the person is born on 2013-07-01
    Then the answer says
      | guardian       | missing |
      | tellGuardianBy | -       |
