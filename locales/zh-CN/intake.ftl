# Public intake under attack, the quick exit, devices that the office put up for visitors.
nav-exit = 快速离开
form-leave-empty = 这一栏请留空
submit-busy = 您所在的网络刚才提交较多。按下“提交”后请不要关闭页面：您的设备会先计算几秒钟；没有启用脚本的，最多等待一分钟。收下以后，页面会显示回执。
submit-working = 正在计算，马上就好，请不要关闭页面……
follow-title = 我的信访事项
kiosk-no-file = 在这台公用设备上不能下载凭证。请拍下二维码或抄下查询码，回家后可以用它下载。
kiosk-noted = 我已记下查询码，结束并清除
trouble-crowded = 提交较多
trouble-crowded-advice = 请过一会儿再提交。
trouble-tries-lead =
    请{ $n }分钟后再试。提交新的事项不受影响；也可以来访或邮寄（{ $address }）、来电（{ $phone }）。
