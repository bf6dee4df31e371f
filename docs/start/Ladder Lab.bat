@echo off
rem Windows: double-click this file. It installs what is missing, starts a class, and opens the page.
rem Written for Windows, and not tried there yet.
cd /d "%~dp0..\.."
if exist .venv\Scripts\streamlit.exe goto start
echo Installing, once. This needs the internet and some minutes.
py -3 -m venv .venv && .venv\Scripts\pip install -r requirements.txt && goto start
echo This could not be installed. It needs Python 3.11 or newer (python.org) and the internet.
pause
exit /b 1
:start
set PYTHONUTF8=1
.venv\Scripts\python -m ladder serve --class
pause
