# $name and $greeting are the flow's inputs; `name=value` lines are its outputs.
if [ -z "$name" ]; then
  echo "there is nobody to greet" >&2
  exit 1
fi
echo "text=$(printf '%s, %s!' "$greeting" "$name" | tr '[:lower:]' '[:upper:]')"
echo "letters=${#name}"
