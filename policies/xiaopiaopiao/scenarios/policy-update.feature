Feature: Changes of the policy of 小票票商户版

  @XP-UPD-03
  Scenario Outline: The policy governs nothing before the twentieth of March 2022
    Given it is 2022-03-20 09:00
    And the person has agreed to all that "usage-log" asks for
    And the submission says
      | collectedAt | <when>    |
      | source      | automatic |
    When the platform submits "usage-log" with
      | access-time | 2022-04-20T09:30:00+08:00 |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | when                      | answer              | clause    | at          |
      | 2022-03-19 23:59:59 | policy-not-in-force | XP-UPD-03 | collectedAt |
      | 2022-03-20 09:00:00 | -                   | -         | -           |


  @XP-UPD-01
  Scenario Outline: A version is posted on the site before it governs: <published>
    Given a version of 2026-04-01 in which
      | backups.maxDays | 60 |
    And it is published on "<published>" on 2026-03-01
    When two people put it in force
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | published | answer               | at                   |
      | website   | -                    | -                    |
      | app       | change-not-published | publications.website |

  @XP-UPD-02
  Scenario: Who gives or updates data agrees to the newest terms first
    Given the person has agreed to all that "account" asks for
    And a version of 2026-04-01 in which
      | backups.maxDays | 60 |
    And it is published on "website" on 2026-03-01
    And two people put it in force
    When the platform submits "account"
    Then it is admitted
    When the clock reaches 2026-04-01 09:00
    And the platform submits "account"
    Then it is refused with "policy-not-accepted" under XP-CON-01
    When the person is shown a notice about "policy" with
      | version | 2026-04-01 |
      | channel | app        |
    And the person gives acceptance consent to "policy" with
      | notice | 2026-04-01 |
    Then it is recorded
    When the platform submits "account"
    Then it is admitted

  @XP-UPD-01
  Scenario: Posted on the day before it is posted in time
    Given it is 2026-03-31 09:00
    And a version of 2026-04-01 in which
      | backups.maxDays | 60 |
    And it is published on "website" on 2026-03-31 08:00
    When two people put it in force
    Then the answer is yes
