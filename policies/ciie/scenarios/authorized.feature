Feature: Only what the third party was authorized for

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-COL-19
  Scenario Outline: A use that the authorization covers, and one that it does not
    When the submission says
      | source       | indirect                                                   |
      | party        | trading-group                                              |
      | attestations | authorization-confirmed, source-lawful, liability-accepted |
      | covers       | <covered>                                                  |
    And the platform submits "personnel-entry" with
      | name | 赵敏 |
    Then it is admitted
    When the platform opens "name" for "personnel-entry", as "<covered>"
    Then the answer is yes
    When the platform opens "name" for "personnel-entry", as "<other>"
    Then it is refused with "source-scope-exceeded" under CI-COL-19

    Examples:
      | covered               | other                 |
      | personnel-entry       | share-with-exhibitors |
      | record-accuracy       | personnel-entry       |
      | share-with-exhibitors | record-accuracy       |
