Feature: Cookies and the like at 小票票商户版

  @XP-COK-01
  Scenario: Cookies tell habits, preferences and address unless they are barred
    Given the person has agreed to all that "preference-cookies" asks for
    And the submission says
      | tracker | cookie |
    When the platform submits "preference-cookies" with
      | usage-habit | 每日 9 点登录 |
      | preference  | 演出类        |
      | ip          | 203.0.113.9   |
    Then it is admitted
    When the submission says
      | tracker | web-beacon |
    And the platform submits "preference-cookies" with
      | usage-habit | 每日 9 点登录 |
    Then it is refused with "tracker-not-declared" under XP-COK-01 at "tracker"
    When the platform asks
      | kind    | tracker                     |
      | tracker | cookie                      |
      | purpose | habits                      |
      | fields  | usage-habit, preference, ip |
    Then the answer is yes
    When the platform asks
      | kind    | tracker       |
      | tracker | cookie        |
      | purpose | habits        |
      | fields  | mobile-number |
    Then it is refused with "undeclared-field" under XP-COK-01 at "fields.mobile-number"
    When the person gives acceptance consent to "trackers" with
      | choice | none |
    And the submission says
      | tracker | cookie |
    And the platform submits "preference-cookies" with
      | usage-habit | 每日 9 点登录 |
    Then it is refused with "tracker-refused" at "tracker"

  @XP-COK-02
  Scenario Outline: Who bars cookies loses nothing
    Given the person has agreed to all that "account" asks for
    When the person gives acceptance consent to "trackers" with
      | choice | <choice> |
    And the platform asks
      | kind    | tracker |
      | tracker | cookie  |
      | purpose | habits  |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |
    When the platform asks
      | kind    | page    |
      | purpose | account |
    Then the answer is yes
    When the platform asks
      | kind    | page   |
      | purpose | notice |
    Then the answer is yes
    When the platform asks
      | kind    | page   |
      | purpose | upload |
    Then the answer is yes
    When the platform asks
      | kind    | page                  |
      | purpose | nearby-recommendation |
    Then the answer is yes

    Examples:
      | choice | answer          | at      |
      | all    | -               | -       |
      | none   | tracker-refused | tracker |

  @XP-COK-02
  Scenario: Cookies can be removed later
    Given the person has agreed to all that "preference-cookies" asks for
    When the person withdraws "preference-cookies"
    And the platform asks whether "usage-habit" may be used for "preference-cookies"
    Then it is refused with "consent-withdrawn" under XP-COK-01
    When the platform asks
      | kind    | page    |
      | purpose | account |
    Then the answer is yes
