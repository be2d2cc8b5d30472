Feature: Children at E票电影

  @EP-MIN-01
  Scenario Outline: Everything about a person is sensitive until the fifteenth birthday
    Given it is 2021-11-15 12:00
    And the person has given acceptance consent to "policy"
    And the person is born on <birthday>
    When the platform asks
      | kind   | field         |
      | fields | mobile-number |
    Then the answer is yes
    And the answer says
      | classified | <class> |

    Examples:
      | birthday   | class     |
      | 2006-11-16 | sensitive |
      | 2006-11-15 | personal  |
      | 2007-11-15 | sensitive |

  @EP-MIN-02
  Scenario: Nobody is asked for an age, and a yes stands until a child is found
    Given the person has agreed to all that "membership" asks for
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then it is admitted
    When the platform asks
      | kind   | field         |
      | fields | mobile-number |
    Then the answer is yes
    And the answer says
      | classified | personal |
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
      | birthday      | 2010-05-01    |
    Then it is refused with "undeclared-field" at "fields.birthday"

  @EP-MIN-03
  Scenario Outline: A child of fourteen needs a guardian, a person of fifteen does not
    Given it is 2021-11-15 12:00
    And the person has given acceptance consent to "policy"
    And the person is born on <birthday>
    When the platform submits "ordering" with
      | mobile-number    | 13800138000               |
      | item             | 电影票                    |
      | order-number     | EP20211110001             |
      | order-created-at | 2021-11-10T10:00:00+08:00 |
      | amount-due       | 79.8                      |
      | film-title       | 长津湖                    |
      | showing-time     | 2021-11-12T19:30:00+08:00 |
      | venue            | 北京朝阳大悦城影城 3 号厅 |
      | ticket-count     | 2                         |
      | goods            | 爆米花套餐                |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | birthday   | answer                    | clause    | at      |
      | 2006-11-16 | guardian-consent-required | EP-MIN-03 | subject |
      | 2006-11-15 | -                         | -         | -       |

  @EP-MIN-05
  Scenario: The guardian agrees to the rules for children, not to the policy alone
    Given it is 2021-11-15 12:00
    And the person has given acceptance consent to "policy"
    And the person is born on 2010-05-01 and has a verified guardian
    When the platform submits "ordering" with
      | mobile-number    | 13800138000               |
      | item             | 电影票                    |
      | order-number     | EP20211110001             |
      | order-created-at | 2021-11-10T10:00:00+08:00 |
      | amount-due       | 79.8                      |
      | film-title       | 长津湖                    |
      | showing-time     | 2021-11-12T19:30:00+08:00 |
      | venue            | 北京朝阳大悦城影城 3 号厅 |
      | ticket-count     | 2                         |
      | goods            | 爆米花套餐                |
    Then it is refused with "guardian-consent-required" under EP-MIN-05 at "subject"
    When the person has given guardian consent to "child-rules"
    And the platform submits "ordering" with
      | mobile-number    | 13800138000               |
      | item             | 电影票                    |
      | order-number     | EP20211110001             |
      | order-created-at | 2021-11-10T10:00:00+08:00 |
      | amount-due       | 79.8                      |
      | film-title       | 长津湖                    |
      | showing-time     | 2021-11-12T19:30:00+08:00 |
      | venue            | 北京朝阳大悦城影城 3 号厅 |
      | ticket-count     | 2                         |
      | goods            | 爆米花套餐                |
    Then it is admitted

  @EP-MIN-04
  Scenario: Once a member proves to be a child, nothing is used and the guardian hears of it within a day
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "membership" asks for
    And the platform submits "membership"
    When the person is born on 2014-05-01
    Then the answer says
      | guardian       | missing          |
      | tellGuardianBy | 2026-03-04 00:00 |
    When the platform asks whether "mobile-number" may be used for "membership"
    Then it is refused with "guardian-consent-required"

  @EP-MIN-04
  Scenario: The guardian was told
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "membership" asks for
    And the platform submits "membership"
    When the platform states about the person
      | birthday     | 2014-05-01 |
      | guardianTold | yes        |
    Then the answer says
      | tellGuardianBy | - |

  @EP-MIN-03
  Scenario: The yes is the guardian’s, not the child’s
    Given the person has given acceptance consent to "policy"
    And the person is born on 2015-05-01 and has a verified guardian
    When the person gives opt-in consent to "analytics"
    Then it is refused with "guardian-consent-required"
    When the person gives guardian consent to "analytics"
    Then it is recorded
