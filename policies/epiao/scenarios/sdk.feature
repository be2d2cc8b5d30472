Feature: SDKs of E票电影

  @EP-SDK-17
  Scenario Outline: Only the text of an activity is taken from the clipboard
    Given the person has agreed to all that "deep-link" asks for
    When the platform submits "deep-link" with
      | clipboard-activity-text | <text> |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | text       | answer             | clause    | at                             |
      | EP-PIAO21  | -                  | -         | -                              |
      | EP-PIAO2   | shape-not-accepted | EP-SDK-17 | fields.clipboard-activity-text |
      | 今晚八点见 | shape-not-accepted | EP-SDK-17 | fields.clipboard-activity-text |
      | XX-PIAO21  | shape-not-accepted | EP-SDK-17 | fields.clipboard-activity-text |

  @EP-SDK-18
  Scenario Outline: What stands around it is never stored
    Given the person has agreed to all that "deep-link" asks for
    When the platform submits "deep-link" with
      | clipboard-activity-text | <text> |
    Then it is admitted
    And what is kept is
      | clipboard-activity-text | <kept> |

    Examples:
      | text                            | kept            |
      | 妈妈的生日礼物 EP-PIAO21 记得买 | EP-PIAO21       |
      | EP-PIAO20211101                 | EP-PIAO20211101 |
      | EP-ABCDEF123456789              | EP-ABCDEF123456 |

  @EP-SDK-17
  Scenario: MagicLink has the text of an activity for its page, and for nothing else
    Then the platform is answered
      | kind | sdk               | fields                  | use                | person | answer           | at  | under     |
      | sdk  | jiguang-magiclink | clipboard-activity-text | activity-page      | -      | yes              |     |           |
      | sdk  | jiguang-magiclink | clipboard-activity-text | deep-link-accuracy | -      | use-not-declared | use | EP-SDK-17 |

  @EP-SDK-20
  Scenario Outline: Tencent Location needs location and network, the rest may be refused
    Given the person has agreed to all that "nearby-cinemas" asks for
    When the platform asks
      | kind         | sdk              |
      | sdk          | tencent-location |
      | declarations | <declared>       |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | declared                                                                                                                    | answer              | at           |
      | permission.location, permission.network                                                                                     | -                   | -            |
      | permission.location                                                                                                         | permission-required | declarations |
      | permission.network                                                                                                          | permission-required | declarations |
      | permission.bluetooth-scan, permission.background-location, permission.foreground-service, permission.network-and-wifi-state | permission-required | declarations |

  @EP-SDK-20
  Scenario Outline: What may be refused is asked for by the same function
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind       | permission     |
      | permission | <permission>   |
      | purpose    | nearby-cinemas |
      | moment     | locate-tapped  |
    Then the answer is yes
    When the person refuses "permission.<permission>"
    And the platform asks
      | kind    | page           |
      | purpose | nearby-cinemas |
    Then the answer is yes

    Examples:
      | permission             |
      | bluetooth-scan         |
      | network-and-wifi-state |
      | foreground-service     |
      | background-location    |

  @EP-SDK-16
  Scenario: The list of installed apps goes to MagicLink while the person has switched it on
    Given the person has agreed to all that "deep-link" asks for
    When the platform asks
      | kind   | sdk                |
      | sdk    | jiguang-magiclink  |
      | fields | installed-app-list |
      | use    | deep-link-accuracy |
    Then it is refused with "switched-off" under EP-SDK-16 at "fields.installed-app-list"
    When the person has given opt-in consent to "magiclink-app-list"
    And the platform asks
      | kind   | sdk                |
      | sdk    | jiguang-magiclink  |
      | fields | installed-app-list |
      | use    | deep-link-accuracy |
    Then the answer is yes
    When the platform asks
      | kind   | sdk                |
      | sdk    | jiguang-magiclink  |
      | fields | installed-app-list |
      | use    | funnel-statistics  |
    Then it is refused with "use-not-declared" under EP-SDK-16 at "use"
    When the person withdraws "magiclink-app-list" with
      | route | device-settings |
    And the platform asks
      | kind   | sdk                |
      | sdk    | jiguang-magiclink  |
      | fields | installed-app-list |
      | use    | deep-link-accuracy |
    Then it is refused with "switched-off" under EP-SDK-16 at "fields.installed-app-list"

  @EP-SDK-22
  Scenario Outline: Without an express yes nothing starts by itself
    Given the person has agreed to all that "push" asks for
    When the platform asks
      | kind | sdk        |
      | sdk  | <sdk>      |
      | use  | self-start |
    Then it is refused with "switched-off" under EP-SDK-22 at "use"
    When the person gives opt-in consent to "self-start"
    Then it is refused with "consent-level-too-low" under EP-SDK-22 at "level"
    When the platform asks
      | kind | sdk        |
      | sdk  | <sdk>      |
      | use  | self-start |
    Then it is refused with "switched-off" under EP-SDK-22 at "use"
    When the person has given explicit consent to "self-start"
    And the platform asks
      | kind | sdk        |
      | sdk  | <sdk>      |
      | use  | self-start |
    Then the answer is yes
    And the answer says
      | clause | EP-SDK-22 |

    Examples:
      | sdk          |
      | jiguang-push |
      | xiaomi-push  |
      | oppo-push    |

  @EP-SDK-22
  Scenario Outline: Nor does a push jump, or another app wake this one
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | use        |
      | purpose | self-start |
      | use     | <use>      |
    Then it is refused with "no-consent" under EP-SDK-22
    When the person has given explicit consent to "self-start"
    And the platform asks
      | kind    | use        |
      | purpose | self-start |
      | use     | <use>      |
    Then the answer is yes
    When the platform asks
      | kind    | use         |
      | purpose | self-start  |
      | use     | advertising |
    Then it is refused with "use-not-declared" under EP-SDK-22 at "use"

    Examples:
      | use              |
      | self-start       |
      | associated-start |
      | jump             |

  @EP-SDK-20
  Scenario Outline: Tencent Location is to have six permissions, four of which may be left out: <permission>
    Given the person has agreed to all that "nearby-cinemas" asks for
    When the platform asks
      | kind       | sdk              |
      | sdk        | tencent-location |
      | permission | <permission>     |
    Then the answer says
      | code     | <answer>   |
      | field    | <at>       |
      | optional | <optional> |

    Examples:
      | permission             | answer                  | at         | optional |
      | location               | -                       | -          | no       |
      | network                | -                       | -          | no       |
      | bluetooth-scan         | -                       | -          | yes      |
      | network-and-wifi-state | -                       | -          | yes      |
      | foreground-service     | -                       | -          | yes      |
      | background-location    | -                       | -          | yes      |
      | camera                 | permission-not-declared | permission | -        |

  @EP-SDK-20
  Scenario: What the person has turned off it does not get, and it runs
    Given the person has agreed to all that "nearby-cinemas" asks for
    When the person refuses "permission.bluetooth-scan"
    And the platform asks
      | kind       | sdk              |
      | sdk        | tencent-location |
      | permission | bluetooth-scan   |
    Then it is refused with "permission-required" at "permission"
    When the platform asks
      | kind         | sdk                                     |
      | sdk          | tencent-location                        |
      | declarations | permission.location, permission.network |
    Then the answer is yes
