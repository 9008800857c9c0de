// Without the fonts of the default theme: the reader's own are there already.
import DefaultTheme from 'vitepress/theme-without-fonts'
import './style.css'

export default DefaultTheme
