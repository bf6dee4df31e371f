@echo off
rem Windows: double-click this file. It installs what is missing, starts a class, and opens the page.
rem Written for Windows, and not tried there yet.
setlocal
set "FITS=import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)"
pushd "%~dp0..\.." || goto alone
if not exist requirements.txt goto alone
echo Ladder Lab: what is missing is installed first. That is done once, and needs the internet and some minutes.
.venv\Scripts\python.exe -c "import pip; %FITS%" >nul 2>&1 && goto look
set "PYTHON=py -3"
%PYTHON% -c "%FITS%" >nul 2>&1 && goto make
set "PYTHON=python"
%PYTHON% -c "%FITS%" >nul 2>&1 && goto make
echo There is no Python 3.11 or newer (64 bit, python.org) on this computer. Install it, and double-click this file again.
goto stay
:make
%PYTHON% -m venv --clear .venv || goto failed
:look
rem The list is copied when all of it is installed: what was cut short, or is of an earlier version, is installed again.
fc /b requirements.txt .venv\installed.txt >nul 2>&1 && goto start
.venv\Scripts\python.exe -m pip install --disable-pip-version-check -r requirements.txt || goto failed
copy /y requirements.txt .venv\installed.txt >nul || goto failed
:start
set PYTHONUTF8=1
.venv\Scripts\python.exe -m ladder serve --class
goto stay
:alone
echo The other files of Ladder Lab are not there. Extract the whole ZIP, and start this file in its folder docs\start.
goto stay
:failed
echo This could not be installed; the lines above say why. It needs Python 3.11 or newer, and the internet once.
echo If they speak of a path that is too long, move the folder to a short one, such as C:\LadderLab.
:stay
pause
