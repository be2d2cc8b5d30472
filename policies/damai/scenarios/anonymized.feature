Feature: What is left at Damai when something is made anonymous
  Only what many people share: a cell of twenty people or more, as fine as that allows. What fewer share is forgotten.

  Background:
    Given it is 2026-03-02 09:00

  # Every value of the ladder has its cell, and every cell exactly as many people as it must have.
  @DM-RET-08
  Scenario: A month of orders becomes cells of twenty people
    When 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-05-01             |
      | genre         | concert                |
      | ticket-price  | 0, 99                  |
      | event-city    | 北京, 上海, 广州, 深圳 |
      | sales-channel | app                    |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-05-02                                                                         |
      | genre         | opera                                                                              |
      | ticket-price  | 100, 299                                                                           |
      | event-city    | 成都, 杭州, 重庆, 武汉, 苏州, 西安, 南京, 长沙, 天津, 郑州, 东莞, 青岛, 昆明, 宁波, 合肥 |
      | sales-channel | web                                                                                |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-05-03                                                                                                     |
      | genre         | drama                                                                                                          |
      | ticket-price  | 300, 599                                                                                                       |
      | event-city    | 佛山, 沈阳, 无锡, 济南, 厦门, 福州, 温州, 哈尔滨, 石家庄, 大连, 南宁, 泉州, 金华, 贵阳, 常州, 长春, 南昌, 南通, 嘉兴, 徐州 |
      | sales-channel | mini-program                                                                                                   |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-05-03   |
      | genre         | musical      |
      | ticket-price  | 600, 999     |
      | event-city    | 惠州, 太原   |
      | sales-channel | phone        |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-05-31        |
      | genre         | sports            |
      | ticket-price  | 1000, 1999        |
      | event-city    | 某县              |
      | sales-channel | box-office        |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-06-01 |
      | genre         | exhibition |
      | ticket-price  | 2000, 9999 |
      | event-city    | 某县       |
      | sales-channel | app        |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day | 2026-06-30 |
      | genre     | children   |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day | 2026-06-30 |
      | genre     | dance      |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day | 2026-06-30 |
      | genre     | acrobatics |
    And the clock reaches 2029-04-02 01:00
    And everything due goes
    Then what is left of "orders" are these cells
      | people | event-month | genre      | price-band | city-tier  | channel      |
      | 20     | 2026-05     | concert    | 0-100      | tier-1     | app          |
      | 20     | 2026-05     | opera      | 100-300    | new-tier-1 | web          |
      | 20     | 2026-05     | drama      | 300-600    | tier-2     | mini-program |
      | 20     | 2026-05     | musical    | 600-1000   | tier-2     | phone        |
      | 20     | 2026-05     | sports     | 1000-2000  | other      | box-office   |
      | 20     | 2026-06     | exhibition | 2000-up    | other      | app          |
      | 20     | 2026-06     | children   | unknown    | unknown    | unknown      |
      | 20     | 2026-06     | dance      | unknown    | unknown    | unknown      |
      | 20     | 2026-06     | acrobatics | unknown    | unknown    | unknown      |

  @DM-RET-08
  Scenario: Of nineteen people nothing is left, and what twenty share only coarsely is kept coarsely
    When 19 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day | 2026-05-01 |
      | genre     | concert    |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-06-01                                   |
      | genre         | opera                                        |
      | ticket-price  | 50                                           |
      | event-city    | 北京                                         |
      | sales-channel | app, web                                     |
    And the clock reaches 2029-04-02 01:00
    And everything due goes
    Then what is left of "orders" are these cells
      | people | event-month | genre | price-band | city-tier | channel |
      | 20     | 2026-06     | opera | 0-100      | tier-1    | -       |

  # Each month shares one step less than the one before.
  @DM-RET-08
  Scenario: Orders go down the ladder only as far as twenty people share a cell
    When 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-07-01 |
      | genre         | opera      |
      | ticket-price  | 50, 2500   |
      | event-city    | 北京       |
      | sales-channel | app        |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-08-01 |
      | genre         | drama      |
      | ticket-price  | 50         |
      | event-city    | 北京, 成都 |
      | sales-channel | app        |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day     | 2026-09-01     |
      | genre         | musical, dance |
      | ticket-price  | 50             |
      | event-city    | 北京           |
      | sales-channel | app            |
    And the clock reaches 2029-04-02 01:00
    And everything due goes
    Then what is left of "orders" are these cells
      | people | event-month | genre | price-band | city-tier | channel |
      | 20     | 2026-07     | opera | -          | tier-1    | -       |
      | 20     | 2026-08     | drama | -          | -         | -       |
      | 20     | 2026-09     | -     | -          | -         | -       |

  # Two of twenty have nearly all of what opera and drama took in; of drama, the others have just enough that neither of the two can tell.
  @DM-RET-08
  Scenario: What tickets cost is summed, and a sum that would tell what one person paid is withheld
    When 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day    | 2026-05-01 |
      | genre        | concert    |
      | ticket-price | 380, 480.5 |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day    | 2026-05-01                                   |
      | genre        | drama                                        |
      | ticket-price | 5000, 29, 29, 29, 29, 29, 29, 29, 29, 30     |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day    | 2026-05-01                                   |
      | genre        | opera                                        |
      | ticket-price | 5000, 20, 20, 20, 20, 20, 20, 20, 20, 20     |
    And 20 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day    | 2026-05-01 |
      | genre        | sports     |
      | ticket-price | 300        |
    And 19 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day    | 2026-05-01 |
      | genre        | musical    |
      | ticket-price | 380, 480   |
    And 1 people submit "order", the "transaction-completed" of which is on 2026-03-01, with in turn
      | event-day    | 2026-05-01 |
      | genre        | musical    |
    And the clock reaches 2029-04-02 01:00
    And everything due goes
    Then what is left of "orders" are these cells
      | people | records | genre   | price-band | price          |
      | 20     | 20      | concert | 300-600    | 8605.00 of 20  |
      | 20     | 20      | drama   | -          | 10524.00 of 20 |
      | 20     | 20      | opera   | -          | withheld       |
      | 20     | 20      | sports  | 300-600    | withheld       |
      | 20     | 20      | musical | -          | withheld       |

  @DM-RET-08
  Scenario: Half a year of preferences becomes cells of twenty people
    When 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-02-01 |
      | preferred-genre | concert    |
      | group-profile   | family     |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-02-28 |
      | preferred-genre | opera      |
      | group-profile   | student    |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01 |
      | preferred-genre | drama      |
      | group-profile   | enthusiast |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01 |
      | preferred-genre | musical    |
      | group-profile   | occasional |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01 |
      | preferred-genre | sports     |
      | group-profile   | traveler   |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01 |
      | preferred-genre | exhibition |
      | group-profile   | -          |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01 |
      | preferred-genre | children   |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01 |
      | preferred-genre | dance      |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01 |
      | preferred-genre | acrobatics |
    And the clock reaches 2026-09-02 01:00
    And everything due goes
    Then what is left of "personalization" are these cells
      | people | month   | genre      | group      |
      | 20     | 2026-02 | concert    | family     |
      | 20     | 2026-02 | opera      | student    |
      | 20     | 2026-03 | drama      | enthusiast |
      | 20     | 2026-03 | musical    | occasional |
      | 20     | 2026-03 | sports     | traveler   |
      | 20     | 2026-03 | exhibition | other      |
      | 20     | 2026-03 | children   | unknown    |
      | 20     | 2026-03 | dance      | unknown    |
      | 20     | 2026-03 | acrobatics | unknown    |

  @DM-RET-08
  Scenario: Preferences go down the ladder only as far as twenty people share a cell
    When 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-02-01      |
      | preferred-genre | concert         |
      | group-profile   | family, student |
    And 20 people submit "personalized-display", with in turn
      | observed-on     | 2026-03-01   |
      | preferred-genre | opera, drama |
      | group-profile   | family       |
    And the clock reaches 2026-09-02 01:00
    And everything due goes
    Then what is left of "personalization" are these cells
      | people | month   | genre   | group |
      | 20     | 2026-02 | concert | -     |
      | 20     | 2026-03 | -       | -     |
