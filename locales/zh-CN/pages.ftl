# What every page says, and the petitioner's pages.
product = 回音
language-name = 中文
skip-to-main = 跳到正文
nav-main = 主导航
nav-follow = 查进度

foot-visit = 来访：
foot-phone = 来电：
foot-paths = 其他法定途径和期限
foot-privacy = 个人信息怎样保护
foot-access = 无障碍说明
foot-staff = 工作人员登录

length-days = { $n }日
length-working-days = { $n }个工作日
length-months = { $n }个月
basis-law = 法定{ $length }，{ $basis }
basis-policy = 本机关自定{ $length }，不是法定期限，{ $basis }

due-left = 还剩{ $n }天
due-today = 今天到期
due-tomorrow = 明天到期
due-over = 超期{ $n }天
due-late = 晚了{ $n }天
due-early = 提前{ $n }天
due-in-time = 按期
deadline-about = { $limit }：{ $about }
deadline-petitioner = 信访人
deadline-why = 为什么是这一天
provisional-mark = （暂定，当年放假安排尚未公布）
deadline-provisional = 暂定：当年放假安排尚未公布，公布后重新计算，不会缩短您的期限。

channel-online = 网上
channel-visit = 来访
channel-letter = 来信
channel-phone = 来电
channel-fax = 传真
channel-transfer = 转来

form-error = 错误：
form-faults = 有内容需要改一下
form-choose = 请选择
form-most = 最多{ $n }字
form-back = 返回上一步
form-cancel = 取消
form-optional = { $label }（可以不填）
form-date-hint = 例如2026-11-24
form-request = 诉求{ $n }：{ $request }
form-row-portions = 第{ $n }件
form-row-terms = 第{ $n }项
form-changed = 您填写期间，事项有了新进展。您写的内容都还在下面，请核对后再提交一次。

start-title = 反映问题和查询进度
start-lead = 有问题，请告诉我们
start-lead-2 = 每一件都有回音
start-promise = 提交后马上得到查询码。每一步办到哪里、谁在办、哪天前必须答复，您都能看到。
start-submit = 反映问题
start-call = 不会写？打电话，我们替您登记
start-follow = 查询办理进度
start-limits = 法定期限，逐日倒计时
start-step-notice = 收到后{ $n }日内告诉您去向和办理程序
start-step-notice-more = 转给别的机关的，由接到的机关在{ $n }日内书面告诉您走哪条途径、是否受理。
start-step-opinion = 受理后{ $n }日内书面答复
start-step-opinion-more = 情况复杂的，经批准最多延长{ $extension }日，并把理由告诉您。
start-step-first-review = 不满意，{ $n }日内可以申请复查
start-step-first-review-more = 由上一级机关复查。
start-step-second-review = 仍不满意，{ $n }日内可以申请复核
start-step-second-review-more = 复核意见是信访程序的最后一步。
start-step-resolution = { $n }日内答复
start-step-resolution-more = 需要更久的，先给您阶段性答复。
start-step-appeal = 不满意，{ $n }日内可以申诉
start-step-appeal-more = 由申诉机关决定。
start-elsewhere = 这些事另有渠道
start-elsewhere-paths = 诉讼、仲裁、行政复议：各有期限，不要错过
start-elsewhere-report = 检举公职人员：材料密封，被检举的单位看不到
start-danger = 正在发生的危险：请立即拨打110、119、120

code-title = 查询办理进度
code-label = 查询码
code-hint = 回执上的12位或28位字母和数字，大小写、空格和横线都可以
code-button = 查询
code-lost = 查询码丢了：窗口登记的事项，请带身份证件到登记的窗口补办；网上提交的，只有您自己知道查询码，我们也查不到。

submit-step = 第{ $n }步，共5步
submit-continue = 继续
submit-send = 提交
submit-save = 先保存，换个时间再写
submit-change = 修改
submit-none = 没有填写
submit-kind-title = 您要反映哪一类事项？
submit-kind-question = 事项类别
submit-what-title = 发生了什么事？
submit-title-label = 一句话说明
submit-title-hint = 例如：锦澜苑二期停工9个月，逾期不交房
submit-body-label = 经过
submit-body-hint = 什么时候、在哪里、谁做了什么。不用写得很正式。
submit-wants-label = 您希望怎样解决
submit-wants-hint = 每行写一条要求。书面答复会逐条回答。
submit-whom-title = 涉及哪个单位、多少人？
submit-unit-label = 涉及的单位
submit-respondent-label = 反映的是哪个单位
submit-respondent-hint = 不知道就不选，我们来确定由谁负责
submit-accused-label = 检举的是哪些单位的人员
submit-accused-hint = 选中的单位和它的下级都看不到这件检举
submit-people-label = 一共多少人提出
submit-people-hint = 只有您自己就写1；5人以上走访时请推选不超过5名代表
submit-contact-title = 怎样联系您？
submit-contact-lead = 只有经办这件事的人能看到，看之前要写明用途，您可以查到谁看过。不留姓名也可以提出，凭查询码照样能收到答复。
submit-name-label = 姓名
submit-name-hint = 可以不填
submit-phone-label = 电话
submit-phone-hint = 手机号11位，或带区号的座机；可以不填
submit-reply-label = 书面答复怎样送给您
submit-reply-online = 在网上看
submit-reply-online-hint = 最快，凭查询码随时可以看
submit-reply-post = 邮寄纸质件
submit-reply-post-hint = 请填写下面的地址
submit-reply-counter = 自己到接待大厅取
submit-reply-counter-hint = 带上查询码
submit-address-label = 地址
submit-address-hint = 选择邮寄时需要
submit-confidential-label = 保密
submit-confidential-yes = 对被反映的单位隐去我的身份
submit-confidential-no = 不需要
submit-check-title = 核对后提交
submit-check-lead = 提交后马上得到查询码和登记编号。

saved-title = 已保存，还没有提交
saved-code = 您的草稿码
saved-text = 换手机或换时间，在“查进度”里输入它，就能接着写。提交以后，它就是您的查询码。
saved-not-submitted = 草稿加密保存30天，没有这个码谁也打不开，包括我们。提交以前，期限不会开始计算。
saved-go-on = 现在接着写
saved-leave = 离开，清除本机记录

received-title = 我们已收到
received-code = 您的查询码
received-keep = 只在这里显示。请抄下来、拍照或打印，以后凭它查看进度、补充情况、申请复查。
received-on = 收到日期
received-number = 登记编号
received-matter = 反映事项
received-latest = 最迟答复日期
received-next = 接下来
received-by = 最迟{ $day }：
received-chain = 每一步都从上一步的最后一天起算，所以这是最晚的日期，多数会更早。
received-with-extension = { $basis }；日期已包括可能的延长{ $n }日
received-follow = 查看进度
received-leave = 离开，清除本机记录
received-print = 需要纸质回执时，用浏览器的“打印”。
slip-to-inbox = 回到收件箱
slip-another = 再登记一件

follow-received = { $day }提交
follow-until = 请在{ $day }前，
follow-next-date = 下一个法定日期：
follow-unit = 办理单位
follow-official = 责任人
follow-phone = 联系电话
follow-latest = 最迟答复日期
follow-rest = 这件事目前没有等待办理的步骤。
follow-story = 办理过程
follow-at-latest = 最迟{ $day }
follow-promises = 对您的承诺
follow-acts = 您还可以
follow-own-words = 您反映的内容
follow-reads = 谁看过您的姓名和联系方式
follow-no-reads = 还没有人看过。
follow-leave = 结束查看，清除本机记录
follow-done = 已办妥：{ $act }
promise-kept = { $day }已兑现
promise-due = 应在{ $day }前兑现

todo-ask-first-review = 对处理意见不服，可以请上一级机关复查。
todo-ask-second-review = 对复查意见不服，可以请再上一级机关复核。
todo-object-to-refusal = 认为应当受理的，可以向上级信访部门提出。
todo-evaluation = 请分别评价办理单位和信访部门。评价只用于改进工作，不影响您的权利。
todo-supplement = 请按通知书补充材料。补充期间答复期限照常计算，不会因此推迟。
todo-withdrawal-cooling = 您申请了撤回。在这一天前可以收回撤回申请，之后才生效。
todo-other-path = 这是法定途径的最后期限，由该途径的机关掌握，请尽早提出。

own-add-supplement = 补充情况
own-add-supplement-lead = 写的内容会送到办理单位，期限不变。
own-request-review = 申请复查或复核
own-request-review-lead = 写清您对答复的哪一点不服，为什么。由上一级机关决定。
own-object-to-refusal = 对不予受理提出异议
own-object-to-refusal-lead = 写清为什么应当受理。由上级信访部门答复。
own-rate = 评价
own-rate-lead = 办理单位和信访部门分别评价，只能评价一次。
own-ask-recusal = 申请回避
own-ask-recusal-lead = 经办人与这件事有利害关系的，可以要求换人。由单位负责人决定。
own-mark-urgent = 情况紧急
own-mark-urgent-lead = 正在发生或即将发生危险的，请先拨打110、119、120，再在这里写明。会有专人马上查看。
own-revoke-withdrawal = 收回撤回申请
own-withdraw = 撤回这件事
own-withdraw-lead = 撤回在冷静期满后生效，期满前可以收回；以后随时可以重新提出。
own-send = 提交

paths-title = 其他法定途径和期限
paths-lead = 反映问题不会中断这些期限。如果您的事也可以走这些途径，请留意最后一天。
paths-caption = 法定途径
paths-name = 途径
paths-body = 向谁提出
paths-length = 期限
paths-from = 从什么时候起算
paths-basis = 依据
paths-note = 这里写的是一般规定。您的事从哪天起算，以受理该途径的机关为准。

privacy-title = 个人信息怎样保护
privacy-text =
    您的姓名、电话和地址只用于办理您反映的这件事，与事项内容分开保存。
    经办人要写明用途才能看到，每次查看都有记录，您在查询页面能看到谁、哪天、为什么看过。
    检举材料密封保存，被检举的单位和人员看不到，也不知道它存在。
    本系统不统计您来过几次，不给任何人打分、排名，也没有这样的功能。
    公用电脑或手机用完，请点“清除本机记录”。
access-title = 无障碍说明
access-text =
    这些页面按WCAG 2.2 AA制作：可以只用键盘，可以放大到400%，不依赖颜色，不需要脚本。
    表单没有时间限制，写到一半可以保存。
    如果有哪一步用不了，请打页面下方的电话，我们替您登记。

trouble-invalid = 有内容需要修改
trouble-invalid-advice = 请返回上一页修改后再提交，您填写的内容还在。
trouble-login = 请先输入查询码
trouble-login-advice = 查看时间已过，或这台设备还没有输入查询码。请到“查进度”输入查询码。
trouble-tries = 输错次数过多
trouble-tries-advice = 请15分钟后再试。提交新的事项不受影响。
trouble-elsewhere = 请从本站页面提交
trouble-elsewhere-advice = 为了防止冒用，只接受从本站页面发出的提交。请返回上一页，刷新后再试。
trouble-large = 内容太长
trouble-large-advice = 一次最多提交512 KB，什么都没有收下。请返回上一页删减，或分几次补充。
trouble-unreadable = 请求无法识别
trouble-unreadable-advice = 请从本站页面重新进入；如果是照着链接来的，请核对链接是否完整。
trouble-refused = 现在不能这样办
trouble-refused-advice = 什么都没有改变。
trouble-absent = 没有找到
trouble-absent-advice = 没有这个页面，或者您不能查看它。
trouble-changed = 事项有了新进展
trouble-changed-advice = 请刷新页面，看过新进展后再办。
trouble-broken = 系统出错了
trouble-broken-lead = 出错编号：{ $incident }
trouble-broken-advice = 没有收到成功提示的内容没有保存。请稍后再试，或把编号告诉我们。
trouble-to-start = 回到首页
trouble-to-inbox = 回到收件箱

letter-reveal = 寄送或当面送达需要姓名时，请写明用途
letter-reveal-button = 显示姓名
letter-back = 返回
letter-colon = ：
letter-petitioner = 信访人
letter-served = 送达日期：{ $day }
letter-not-served = 尚未送达
letter-open = 公开举行
letter-upheld = 维持
letter-changed = 变更
letter-last = 本意见为信访程序的终结意见
letter-term = { $promise }（{ $unit }，{ $day }前）
letter-answer = { $n }. 关于“{ $request }”：{ $outcome }。{ $reason }依据：{ $article }。
letter-action = 由{ $unit }于{ $day }前{ $action }。
