//! The texts of the sample paper, written for it: places, people and events in them do not exist.

/// An article without its date.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) title: &'static str,
    pub(super) summary: &'static str,
    pub(super) paragraphs: &'static [&'static str],
    pub(super) author: &'static str,
    /// Slugs of the sections that list it.
    pub(super) sections: &'static [&'static str],
}

/// The daily weather bulletin, without its day.
pub(super) const BULLETIN: Text = Text {
    title: "Dự báo thời tiết vùng Suối Trong",
    summary: "Trạm khí tượng Suối Trong cho biết: trời nhiều mây, sáng có sương mù, trưa chiều hửng nắng, đêm trở lạnh.",
    paragraphs: &[
        "Sáng sớm có sương mù trong các thung lũng, tầm nhìn dưới năm trăm mét; người đi đường đèo cần bật đèn và giữ khoảng cách.",
        "Trưa và chiều trời hửng nắng, gió nhẹ. Độ ẩm trung bình từ 70 đến 80 phần trăm. Bà con vùng cao chú ý giữ ấm cho gia súc.",
    ],
    author: "Trạm khí tượng Suối Trong",
    sections: &["ban-tin-thoi-tiet"],
};

/// What stood in the paper before the demo began, the newest first.
pub(super) const OLD: &[Text] = &[
    Text {
        title: "Bản Nà Mẫu khánh thành cây cầu treo mới trước mùa mưa",
        summary: "Sau bốn tháng thi công, cây cầu dài sáu mươi mét nối hai bờ suối đã thông xe, rút ngắn đường đến trường của hơn một trăm học sinh.",
        paragraphs: &[
            "Từ sáng sớm, người dân hai bên suối đã có mặt để cùng nhau đi những bước đầu tiên trên cây cầu mới.",
            "Trưởng bản cho biết trước đây mỗi khi nước lên, học sinh phải nghỉ học hoặc đi vòng gần mười cây số.",
            "Kinh phí xây cầu do người dân đóng góp ngày công, xã hỗ trợ vật liệu.",
        ],
        author: "Lường Thị Mẫu",
        sections: &["xa-hoi", "phong-su", "ban-can-biet"],
    },
    Text {
        title: "Lớp học xóa mù chữ ban đêm ở xã Đồi Chè",
        summary: "Ba tối mỗi tuần, hơn hai mươi chị em lại thắp đèn đến lớp; người nhiều tuổi nhất đã sáu mươi hai.",
        paragraphs: &[
            "Lớp học mở từ đầu năm, do hai cô giáo của trường tiểu học đứng lớp sau giờ dạy chính.",
            "Nhiều học viên nay đã tự đọc được hướng dẫn trên bao bì phân bón và nhắn tin cho con đi làm xa.",
        ],
        author: "Hà Văn Bản",
        sections: &["xa-hoi"],
    },
    Text {
        title: "Chuyện người giữ rừng • Kỳ 1: Những bước chân không mỏi",
        summary: "Hai mươi năm đi tuần, ông Tòng Văn Đá thuộc từng gốc cây trong khu rừng đầu nguồn như thuộc lối vào nhà mình.",
        paragraphs: &[
            "Mỗi chuyến tuần rừng kéo dài ba ngày. Hành trang chỉ có gạo, muối, tấm bạt và chiếc đèn pin.",
            "Ông nói khu rừng giữ nước cho cả ba bản phía dưới, mất rừng là mất ruộng.",
        ],
        author: "Nguyễn Sơn Ca",
        sections: &["phong-su"],
    },
    Text {
        title: "Chuyện người giữ rừng • Kỳ 2: Đêm trong lán nhỏ",
        summary: "Hai mươi năm đi tuần, ông Tòng Văn Đá thuộc từng gốc cây trong khu rừng đầu nguồn như thuộc lối vào nhà mình.",
        paragraphs: &[
            "Đêm xuống, lán nhỏ chỉ còn tiếng suối. Tổ tuần rừng thay nhau thức, nghe ngóng tiếng cưa từ xa vọng lại.",
            "Có những đêm mưa, cả tổ ngồi quây bên bếp lửa kể chuyện mùa măng, mùa mật.",
        ],
        author: "Nguyễn Sơn Ca",
        sections: &["phong-su"],
    },
    Text {
        title: "Lịch tiếp công dân và giờ làm việc của bộ phận một cửa trong tháng",
        summary: "Bộ phận một cửa làm việc cả sáng thứ Bảy hằng tuần; người dân có thể lấy số thứ tự qua điện thoại.",
        paragraphs: &[
            "Giờ làm việc: sáng từ 7 giờ 30 đến 11 giờ 30, chiều từ 13 giờ 30 đến 17 giờ.",
            "Hồ sơ đất đai nhận vào các ngày thứ Ba và thứ Năm.",
        ],
        author: "Văn phòng xã Đồi Chè",
        sections: &["ban-can-biet"],
    },
    Text {
        title: "Hợp tác xã mận Suối Trong ký hợp đồng bao tiêu cả vụ",
        summary: "Giá thu mua được chốt từ đầu vụ giúp hơn tám mươi hộ trồng mận yên tâm chăm sóc vườn cây theo hướng hữu cơ.",
        paragraphs: &[
            "Theo hợp đồng, quả đạt chuẩn được thu tại vườn, xe lạnh chở thẳng về xuôi trong đêm.",
            "Hợp tác xã đã lập nhật ký điện tử cho từng vườn để khách hàng quét mã xem nguồn gốc.",
        ],
        author: "Lường Thị Mẫu",
        sections: &["xa-hoi"],
    },
    Text {
        title: "Cắt điện luân phiên để thay dây tại ba bản ven suối",
        summary: "Việc thay dây diễn ra trong hai buổi sáng cuối tuần, mỗi bản mất điện không quá ba giờ.",
        paragraphs: &[
            "Điện lực khuyên người dân rút các thiết bị khỏi ổ cắm trước giờ cắt điện và chuẩn bị nước sinh hoạt.",
            "Nếu trời mưa to, lịch được lùi lại một tuần.",
        ],
        author: "Điện lực Suối Trong",
        sections: &["ban-can-biet"],
    },
    Text {
        title: "Đội bóng chuyền nữ bản Phiêng Nắng lần đầu vào chung kết",
        summary: "Không sân tập có mái, không huấn luyện viên, mười cô gái vẫn thắng cả năm trận vòng loại.",
        paragraphs: &[
            "Sân tập là khoảng đất trống trước nhà văn hóa, lưới được đan lại từ dây cũ.",
            "Trận chung kết diễn ra chiều Chủ nhật tại sân vận động trung tâm.",
        ],
        author: "Hà Văn Bản",
        sections: &["xa-hoi", "phong-su"],
    },
    Text {
        title: "Phiên chợ vùng cao giữa tháng: sắc màu của những gánh hàng",
        summary: "Từ ba giờ sáng, những bó đuốc đã nối nhau xuống núi; đến trưa thì chợ tan, chỉ còn tiếng khèn vọng lại.",
        paragraphs: &[
            "Người đi chợ không chỉ để mua bán mà còn để gặp nhau, hỏi thăm mùa màng.",
            "Hàng thổ cẩm, mật ong rừng và rau cải nương là những gian đông khách nhất.",
        ],
        author: "Nguyễn Sơn Ca",
        sections: &["phong-su"],
    },
    Text {
        title: "Tiêm phòng dại miễn phí cho chó nuôi: những điều cần nhớ",
        summary: "Đợt tiêm kéo dài một tuần tại nhà văn hóa các bản; chủ nuôi mang theo sổ và rọ mõm.",
        paragraphs: &[
            "Chó trên ba tháng tuổi đều được tiêm. Sau khi tiêm cần theo dõi trong ba mươi phút.",
            "Gia đình nào có chó ốm báo cho thú y bản để được hẹn ngày khác.",
        ],
        author: "Trạm thú y Suối Trong",
        sections: &["ban-can-biet"],
    },
];

/// What appears while the demo runs, one about every twenty seconds.
pub(super) const LATER: &[Text] = &[
    Text {
        title: "Khởi công nhà văn hóa bản Phiêng Nắng",
        summary: "Công trình rộng hai trăm mét vuông dự kiến xong trước mùa gặt, có phòng đọc sách cho trẻ em.",
        paragraphs: &["Mỗi hộ góp năm ngày công. Gỗ được xẻ từ vườn xoan của bản, mái lợp tôn xốp chống nóng."],
        author: "Hà Văn Bản",
        sections: &["xa-hoi"],
    },
    Text {
        title: "Chuyện người giữ rừng • Kỳ 3: Trao lại chiếc đèn pin",
        summary: "Năm nay ông Đá nghỉ, người nhận lại chiếc đèn pin là cậu học trò nhỏ ngày nào vẫn theo ông đi hái măng.",
        paragraphs: &[
            "Buổi trao đèn diễn ra lặng lẽ bên bếp lửa. Không có diễn văn, chỉ có bát nước vối và lời dặn ngắn.",
        ],
        author: "Nguyễn Sơn Ca",
        sections: &["phong-su"],
    },
    Text {
        title: "Đường đèo Gió Lộng cấm xe tải nặng trong ba ngày",
        summary: "Lực lượng chức năng xử lý khối đá lớn có nguy cơ sạt xuống mặt đường; xe con đi theo giờ.",
        paragraphs: &["Giờ thông xe: 6 giờ đến 8 giờ và 16 giờ đến 18 giờ. Xe cứu thương được ưu tiên mọi lúc."],
        author: "Ban quản lý đường bộ",
        sections: &["ban-can-biet", "xa-hoi"],
    },
    Text {
        title: "Học sinh Đồi Chè làm máy sấy ngô từ thùng phuy cũ",
        summary: "Chiếc máy chạy bằng củi vụn, mỗi mẻ sấy được một tạ ngô trong bốn giờ, giá thành chưa đến một triệu đồng.",
        paragraphs: &["Nhóm ba em lớp tám mất hai tháng thử nghiệm, hỏng bốn lần mới tìm được cách dẫn nhiệt đều."],
        author: "Lường Thị Mẫu",
        sections: &["xa-hoi"],
    },
    Text {
        title: "Mùa nước đổ trên những thửa ruộng bậc thang",
        summary: "Nước về, ruộng loang như gương. Người Suối Trong gọi đó là mùa trời xuống đất.",
        paragraphs: &["Tiếng cuốc vang từ bờ ruộng này sang bờ ruộng khác. Lũ trẻ theo mẹ, tay xách giỏ cá con."],
        author: "Nguyễn Sơn Ca",
        sections: &["phong-su"],
    },
];

/// Short news for as long as the demo runs; the hour makes each one another.
pub(super) const STOCK: &[Text] = &[
    Text {
        title: "Tin nhanh: mực nước suối Trong",
        summary: "Trạm đo đầu cầu treo ghi mực nước ổn định, chưa đến mức báo động.",
        paragraphs: &["Số đo được cập nhật liên tục; khi nước lên nhanh, loa của bản sẽ báo."],
        author: "Trạm khí tượng Suối Trong",
        sections: &["ban-can-biet"],
    },
    Text {
        title: "Tin nhanh: giá mận tại vườn",
        summary: "Thương lái thu mua đều, giá không đổi so với buổi sáng; hàng loại một vẫn hút khách.",
        paragraphs: &["Hợp tác xã nhắc các hộ hái đúng độ chín, không trộn quả dập."],
        author: "Lường Thị Mẫu",
        sections: &["xa-hoi"],
    },
    Text {
        title: "Nhật ký vùng cao: một thoáng bản làng",
        summary: "Ghi chép ngắn của phóng viên trên đường: khói bếp, tiếng mõ trâu và một câu chào bên dốc.",
        paragraphs: &["Người đi qua để lại lời chào, người ở lại giữ lấy con đường."],
        author: "Nguyễn Sơn Ca",
        sections: &["phong-su"],
    },
];
