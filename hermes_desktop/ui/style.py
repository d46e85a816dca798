"""Knows the application's style sheet; colours come from the palette, roles from the widgets."""

from string import Template

from hermes_desktop import paths
from hermes_desktop.ui.palette import DARK, Palette

_SHEET = Template("""
* { font-size: 13px; }
QWidget { color: $ink; }
QMainWindow, QStackedWidget, QDialog, QMessageBox, *[role="ground"], *[role="page"] { background: $ground; }
*[role="sidebar"] { background: $sidebar; border: none; border-right: 1px solid $line; }
*[role="inspector"] { background: $panel; border: none; border-left: 1px solid $line; }
*[role="inspector"] *[role="ground"], *[role="inspector"] QStackedWidget { background: $panel; }
*[role="header"] { background: $ground; border: none; border-bottom: 1px solid $line; }
*[role="banner"] { background: $panel; border: none; border-bottom: 1px solid $line; }
*[role="banner"] QLabel { color: $soft; font-size: 13px; }
*[role="banner"] QPushButton { font-size: 13px; }
*[role="banner"] QPushButton[role="accent-link"] {
    background: transparent; border-color: transparent; color: $accent_ink; padding: 4px 6px;
    font-weight: 600;
}
*[role="banner"] QPushButton[role="accent-link"]:hover { color: $accent; }
*[role="banner"] QPushButton[role="accent-link"]:focus { border-color: $accent; }
*[role="banner"][kind="elsewhere"] { background: $accent_ground; }
*[role="banner"][kind="elsewhere"] QLabel { color: $accent_ink; }
*[role="footer"] { background: $panel; border: none; border-top: 1px solid $line; }
*[role="status"] { background: $panel; border: none; border-top: 1px solid $line; }
*[role="status"] QLabel { font-size: 12px; color: $soft; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: 22px; font-weight: 600; }
QLabel[role="heading"] { font-size: 15px; font-weight: 600; }
QLabel[role="caption"] { font-size: 11px; font-weight: 600; color: $faint; letter-spacing: 0.5px; }
QLabel[role="note"], QLabel[role="soft"] { color: $soft; }
QLabel[role="small"], QLabel[role="faint"] { font-size: 12px; color: $faint; }
QLabel[role="field"] { font-weight: 500; }
QLabel[role="warning"] { color: $danger; }
QLabel[role="badge"] {
    font-size: 12px; color: $accent_ink; background: $accent_ground; border-radius: 8px; padding: 2px 8px;
}
*[role="card"] { background: $panel; border: 1px solid $line; border-radius: 10px; }
*[role="card"][current="true"] { border-color: $accent; }

QPushButton, QToolButton {
    background: $panel; border: 1px solid $line; border-radius: 8px; padding: 6px 12px; min-height: 18px;
}
QPushButton:hover, QToolButton:hover { background: $user_ground; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $faint; }
QPushButton:checked, QToolButton:checked { background: $accent_ground; color: $accent_ink; }
QPushButton[role="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[role="primary"]:focus { border: 2px solid $ink; padding: 5px 11px; }
QPushButton[role="primary"]:disabled { background: $line; border-color: $line; color: $faint; }
QPushButton[role="danger"] { color: $danger; border-color: $danger; }
QPushButton[role="accent"] {
    background: $accent_ground; color: $accent_ink; border-color: transparent; font-weight: 600;
    text-align: left; padding: 8px 10px;
}
QPushButton[role="accent"]:focus { border-color: $accent; }
QPushButton[role="link"], QPushButton[role="nav"], QPushButton[role="quiet"], QToolButton[role="fold"],
QToolButton[role="quiet"] {
    background: transparent; border-color: transparent; color: $soft; padding: 4px 6px;
}
QPushButton[role="link"]:hover, QPushButton[role="nav"]:hover, QPushButton[role="quiet"]:hover,
QToolButton[role="fold"]:hover, QToolButton[role="quiet"]:hover { color: $accent; }
QPushButton[role="link"]:focus, QPushButton[role="nav"]:focus, QPushButton[role="quiet"]:focus,
QToolButton[role="fold"]:focus, QToolButton[role="quiet"]:focus { border-color: $accent; }
QPushButton[role="line"], QToolButton[role="line"] {
    background: transparent; border-color: transparent; color: $soft; padding: 1px 0; text-align: left;
}
QPushButton[role="line"]:hover, QToolButton[role="line"]:hover { color: $accent; }
QPushButton[role="line"]:focus, QToolButton[role="line"]:focus { border-color: $accent; }
QPushButton[role="message"] {
    background: transparent; border-color: transparent; padding: 1px 0; text-align: left; min-height: 34px;
}
QPushButton[role="message"]:hover { color: $accent; }
QPushButton[role="message"]:focus { border-color: $accent; }
QPushButton[role="line"]:disabled { color: $faint; }
QPushButton[role="line"]:checked { color: $ink; }
QToolButton[role="line"]::menu-indicator { image: none; width: 0; }
QPushButton[role="nav"][current="true"] { color: $accent; font-weight: 600; }
QPushButton[role="me"] {
    background: transparent; border-color: transparent; padding: 6px 8px; text-align: left; font-weight: 500;
}
QPushButton[role="me"]:hover { background: $user_ground; }
QPushButton[role="me"]:checked { background: $accent_ground; color: $accent_ink; }
QPushButton[role="me"]:focus { border-color: $accent; }
QPushButton[role="small"], QToolButton[role="small"] { font-size: 12px; padding: 2px 8px; }
QPushButton[role="pill"], QLabel[role="pill"] {
    font-size: 12px; color: $soft; background: transparent; border: 1px solid $line; border-radius: 12px;
    padding: 3px 10px;
}
QPushButton[role="pill"]:hover { color: $ink; }
QPushButton[role="pill"]:focus { border-color: $accent; }
QPushButton[role="jump"] {
    background: $panel; color: $accent_ink; border: 1px solid $line; border-radius: 14px; padding: 5px 14px;
}

QFileDialog QToolButton { padding: 3px; min-width: 20px; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox, QKeySequenceEdit > QLineEdit {
    background: $ground; border: 1px solid $line; border-radius: 8px; padding: 6px 8px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus,
QDoubleSpinBox:focus {
    border-color: $accent;
}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {
    color: $faint;
}
QTextEdit[role="reading"] { background: $panel; border-radius: 10px; padding: 12px; }
QTextBrowser[role="preview"] { border: 1px solid $line; padding: 0; }
QTextBrowser[role="transcript"] { background: $ground; border: none; border-radius: 0; padding: 0; }
QTextBrowser[role="reply"] { background: transparent; border: none; border-radius: 0; padding: 0; }
*[role="rule"] { background: $line; border: none; }
*[role="composer"] { background: $panel; border: 1px solid $line; border-radius: 14px; }
*[role="composer"][active="true"] { border-color: $accent; }
*[role="composer"] QPlainTextEdit { background: transparent; border: none; padding: 0; font-size: 15px; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { background: transparent; border: none; padding: 0 8px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$symbols/down.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
    background: $panel; border: 1px solid $line; padding: 4px;
    selection-background-color: $accent_ground; selection-color: $accent_ink;
}
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox::indicator, QRadioButton::indicator, QListView[role="hits"]::indicator {
    width: 14px; height: 14px; border: 1px solid $faint; border-radius: 4px; background: $ground;
}
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QListView[role="hits"]::indicator:checked {
    background: $accent; border-color: $accent; image: url("$symbols/check-$shade.svg");
}
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; margin: -5px 0; border-radius: 7px; background: $accent; }
QSlider::handle:horizontal:focus { border: 2px solid $ink; }
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QListView, QTreeView, QTableView { background: transparent; border: none; outline: none; }
QListView:focus { border: none; }
QListView[role="hits"] { border: 1px solid $line; border-radius: 8px; }
QListView[role="hits"]:focus { border-color: $accent; }
QListView[role="hits"]::item { padding: 5px 8px; color: $ink; }
QListView[role="hits"]::item:selected { background: $user_ground; color: $ink; }
QListView[role="ticks"]::item { padding: 6px 4px; color: $ink; border-radius: 6px; }
QListView[role="ticks"]::item:selected { background: $user_ground; color: $ink; }
QListView[role="ticks"]:focus { background: transparent; border: none; }
QListView[role="ticks"]::indicator {
    width: 14px; height: 14px; border: 1px solid $faint; border-radius: 4px; background: $ground;
}
QListView[role="ticks"]::indicator:checked {
    background: $accent; border-color: $accent; image: url("$symbols/check-$shade.svg");
}
QListView[role="offers"] { background: $panel; border: 1px solid $line; border-radius: 8px; padding: 4px; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar::tab {
    background: transparent; color: $soft; padding: 10px 10px; border-bottom: 2px solid transparent;
}
QTabBar[role="many"]::tab { padding: 10px 3px; margin-right: 1px; }
QTabBar::tab:selected { color: $ink; font-weight: 600; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }

QMenuBar { background: $sidebar; border-bottom: 1px solid $line; padding: 2px 6px; }
QMenuBar::item { padding: 4px 8px; border-radius: 6px; background: transparent; }
QMenuBar::item:selected { background: $user_ground; }
QMenu { background: $panel; border: 1px solid $line; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 6px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: $accent_ground; color: $accent_ink; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QToolTip { background: $panel; color: $ink; border: 1px solid $line; padding: 4px 6px; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 3px; min-height: 32px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: $faint; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $line; border-radius: 3px; min-width: 32px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none;
    border: none; width: 0; height: 0; }
QSplitter::handle { background: $line; }

*[role="notice"] { background: $panel; border: 1px solid $line; border-radius: 10px; }
*[role="notice"][kind="error"] { border-color: $danger; }
*[role="notice"][kind="warning"] { border-color: $accent; }
""")


def sheet(palette: Palette) -> str:
    """Write the style sheet in the colours of a palette."""
    colours = {name: getattr(palette, name) for name in palette.__slots__}
    symbols = paths.data_file("assets/symbols").as_posix()
    return _SHEET.substitute(colours, symbols=symbols, shade="dark" if palette is DARK else "light")
